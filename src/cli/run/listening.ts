import { CommandFailure } from '../command.ts'
import type { Config } from '../config.ts'
import { EXIT } from '../exitCodes.ts'

/** Rejects with what its user can mend, where the place is taken, not ours to take, or not of this machine. */
export function listening(listen: () => Promise<string>, { host, port }: Config): Promise<string> {
  return listen().catch((error: NodeJS.ErrnoException) => {
    const message = amiss(error.code, host, port)
    throw message === null ? error : new CommandFailure(message, EXIT.unavailable)
  })
}

function amiss(code: string | undefined, host: string, port: number): string | null {
  switch (code) {
    case 'EADDRINUSE':
      return `PORT: ${port} is taken on ${host}, by another server perhaps; set it to one that is free`
    case 'EACCES':
      return `PORT: ${port} is not for this user to take; set it to one above 1023`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST: ${host} is no address of this machine; 127.0.0.1 is, and 0.0.0.0 is all of them`
    default:
      return null
  }
}
