import { once } from 'node:events'
import type { Logger } from 'pino'
import { EXIT, type ExitCode } from '../exitCodes.ts'

export interface EndOf {
  /** The signal that asks to stop. */
  readonly stopped: Promise<string>
  /** See `Directory`. */
  readonly lost: AbortSignal
  readonly logger: Logger
}

/** Waits until the process has to end. What it ends with tells its supervisor whether to start it again. */
export async function untilEnd({ stopped, lost, logger }: EndOf): Promise<ExitCode> {
  const losing = lost.aborted ? Promise.resolve() : once(lost, 'abort')
  const signal = await Promise.race([stopped, losing.then(() => null)])
  if (signal !== null) {
    logger.info({ signal }, 'stopping')
    return EXIT.ok
  }
  logger.error(`${lost.reason.message}: stopping, to be started again`)
  return EXIT.unavailable
}
