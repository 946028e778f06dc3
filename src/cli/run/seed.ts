import type { TenantId } from '../../domain/streams.ts'
import type { Config } from '../config.ts'
import type { ExitCode } from '../exitCodes.ts'
import type { Terminal } from '../terminal.ts'

export interface SeedOptions {
  readonly tenant: TenantId
  readonly users: number
  readonly seed: number
}

export async function seed(_config: Config, _options: SeedOptions, _terminal: Terminal): Promise<ExitCode> {
  throw new Error('not built yet')
}
