import type { TenantId } from '../../domain/streams.ts'
import { type ImportReport, importLines } from '../../transfer/importer.ts'
import { CommandFailure } from '../command.ts'
import type { Config } from '../config.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import { createProgress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import { readLines } from './lines.ts'
import { requireLog } from './logFile.ts'
import { writeAlone } from './openDirectory.ts'

export interface ImportOptions {
  /** `-`: standard input. */
  readonly file: string
  /** Null: each line's own. */
  readonly tenant: TenantId | null
  readonly dryRun: boolean
  readonly retryBad: boolean
}

/** Bad lines are told as they come, up to so many. */
const MAX_TOLD = 100

/** A server may have the same folder open: it shows what is imported as it comes. */
export async function importFile(
  config: Config,
  options: ImportOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  if (options.dryRun) await requireLog(config)
  const source = await readLines(options.file)
  const progress = createProgress({ things: 'lines', terminal })
  let told = 0
  const report = await writeAlone(config, async (log) => {
    const imported = await importLines(log, source.lines, {
      tenant: options.tenant,
      dryRun: options.dryRun,
      retryBad: options.retryBad,
      onBad(number, { code, message }) {
        told += 1
        if (told <= MAX_TOLD) terminal.note(`line ${number}: ${code}: ${message}`)
        if (told === MAX_TOLD + 1) terminal.note(`more lines are bad; the first ${MAX_TOLD} are told`)
      },
      onProgress: (lines) => progress.update(lines, source.share()),
    })
    progress.end(imported.lines)
    return imported
  })
  tell(report, options, terminal)
  const problem = source.problem()
  if (problem !== null) throw breaksOff(options, report, problem)
  return report.bad > 0 ? EXIT.badInput : EXIT.ok
}

function tell(report: ImportReport, { dryRun }: ImportOptions, terminal: Terminal): void {
  const made = report.tenantsMade.length > 0 ? `; new tenants: ${report.tenantsMade.join(', ')}` : ''
  const did = dryRun ? 'would be applied (dry run: nothing was written)' : 'applied'
  terminal.print(
    `${report.applied} ${did}, ${report.repeated} had been applied before, ${report.bad} bad${made}`,
  )
}

function breaksOff(
  { file, dryRun }: ImportOptions,
  { lines }: ImportReport,
  problem: string,
): CommandFailure {
  const before = `The lines before were ${dryRun ? 'checked' : 'carried out'}`
  return new CommandFailure(
    `${file}: breaks off after line ${lines}: ${problem}. ${before}; mend the file and run it again`,
    EXIT.badInput,
  )
}
