import type { ErrorCode } from '../../domain/errors.ts'
import type { TenantId } from '../../domain/streams.ts'
import type { CommandLog } from '../../log/EventLog.ts'
import { organisation } from '../../seed/organisation.ts'
import { type ImportReport, importLines } from '../../transfer/importer.ts'
import type { Config } from '../config.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import { createProgress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import { writeAlone } from './openDirectory.ts'

export interface SeedOptions {
  readonly tenant: TenantId
  readonly users: number
  readonly seed: number
}

export async function seed(config: Config, options: SeedOptions, terminal: Terminal): Promise<ExitCode> {
  const progress = createProgress({ things: 'lines', terminal })
  const report = await writeAlone(config, async (log) => {
    const sown = await sow(log, options, {
      onUsers: (users, lines) => progress.update(lines, users / options.users),
      onBad: (message) => terminal.note(message),
    })
    progress.end(sown.lines)
    return sown
  })
  const shared = report.taken > 0 ? `; ${report.taken} names were there before, and are shared` : ''
  terminal.print(
    `${report.applied} lines applied, ${report.repeated} had been applied before, ${report.bad} bad${shared}`,
  )
  return report.bad > 0 ? EXIT.badInput : EXIT.ok
}

export interface SeedReport extends ImportReport {
  /** Users and groups whose names were there before, from another seed perhaps: what the seed says of them goes to those. */
  readonly taken: number
}

const TAKEN: readonly ErrorCode[] = ['USERNAME_TAKEN', 'GROUP_NAME_TAKEN']

/** Fills a tenant with a believable organisation, through the import. */
export async function sow(
  log: CommandLog,
  options: SeedOptions,
  hooks: { onUsers(users: number, lines: number): void; onBad(message: string): void },
): Promise<SeedReport> {
  let users = 0
  let taken = 0
  function* lines() {
    for (const line of organisation(options)) {
      if (line.op === 'createUser') users += 1
      yield JSON.stringify(line)
    }
  }
  const report = await importLines(log, lines(), {
    tenant: null,
    dryRun: false,
    retryBad: false,
    onBad(number, { code, message }) {
      if (TAKEN.includes(code)) taken += 1
      else hooks.onBad(`line ${number}: ${code}: ${message}`)
    },
    onProgress: (done) => hooks.onUsers(users, done),
  })
  return { ...report, bad: report.bad - taken, taken }
}
