import type { TenantId } from '../../domain/streams.ts'
import type { Config } from '../config.ts'
import type { ExitCode } from '../exitCodes.ts'
import type { Terminal } from '../terminal.ts'

export interface ExportOptions {
  readonly tenant: TenantId
  /** Null: standard output. */
  readonly output: string | null
}

export async function exportTenant(
  _config: Config,
  _options: ExportOptions,
  _terminal: Terminal,
): Promise<ExitCode> {
  throw new Error('not built yet')
}
