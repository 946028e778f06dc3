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
  terminal.print(
    `${report.applied} lines applied, ${report.repeated} had been applied before, ${report.bad} bad`,
  )
  return report.bad > 0 ? EXIT.badInput : EXIT.ok
}

/** Fills a tenant with a believable organisation, through the import. */
export function sow(
  log: CommandLog,
  options: SeedOptions,
  hooks: { onUsers(users: number, lines: number): void; onBad(message: string): void },
): Promise<ImportReport> {
  let users = 0
  function* lines() {
    for (const line of organisation(options)) {
      if (line.op === 'createUser') users += 1
      yield JSON.stringify(line)
    }
  }
  return importLines(log, lines(), {
    tenant: null,
    dryRun: false,
    retryBad: false,
    onBad: (number, { code, message }) => hooks.onBad(`line ${number}: ${code}: ${message}`),
    onProgress: (done) => hooks.onUsers(users, done),
  })
}
