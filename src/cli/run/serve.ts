import type { Config } from '../config.ts'
import type { ExitCode } from '../exitCodes.ts'
import type { Terminal } from '../terminal.ts'

export interface ServeOptions {
  readonly demo: boolean
}

/** Serves until SIGTERM or SIGINT, then lets what is in flight finish. */
export async function serve(_config: Config, _options: ServeOptions, _terminal: Terminal): Promise<ExitCode> {
  throw new Error('not built yet')
}
