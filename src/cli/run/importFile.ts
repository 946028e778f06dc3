import type { TenantId } from '../../domain/streams.ts'
import type { Config } from '../config.ts'
import type { ExitCode } from '../exitCodes.ts'
import type { Terminal } from '../terminal.ts'

export interface ImportOptions {
  readonly file: string
  /** Null: each line's own. */
  readonly tenant: TenantId | null
  readonly dryRun: boolean
}

export async function importFile(
  _config: Config,
  _options: ImportOptions,
  _terminal: Terminal,
): Promise<ExitCode> {
  throw new Error('not built yet')
}
