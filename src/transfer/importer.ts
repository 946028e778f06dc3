import type { DomainError } from '../domain/errors.ts'
import { ok, type Result } from '../domain/result.ts'
import type { TenantId } from '../domain/streams.ts'
import type { CommandLog } from '../log/EventLog.ts'
import { TenantMaker } from './importTenants.ts'
import { type Line, parseLine } from './line.ts'
import { type KeyedLine, lineKeys } from './lineKeys.ts'
import { ImportWindow, type LineOutcome } from './window.ts'

export interface ImportOptions {
  /** For every line, whatever it says; null: each line's own. */
  readonly tenant: TenantId | null
  /** Finds out what would happen; nothing is written. */
  readonly dryRun: boolean
  /** Tries lines again that were bad in an earlier run; without it they are only reported again. */
  readonly retryBad: boolean
  /** `number` counts the lines from 1. Told once for each line, a little out of order. */
  onBad(number: number, error: DomainError): void
  /** Now and then, with the number of lines that are done. */
  onProgress(lines: number): void
}

export interface ImportReport {
  readonly lines: number
  /** Took effect now. */
  readonly applied: number
  /** Had taken effect before, and were left alone. */
  readonly repeated: number
  readonly bad: number
  readonly tenantsMade: readonly string[]
}

/**
 * Carries out the lines in order, through the API's programs; neighbours of one change share commits. Each line is done once,
 * whenever and however often its file is imported: its key is recorded in the commit that carries it out. So an import that was
 * killed goes on where it was, and a file that has grown continues. A bad line is recorded too, since later lines rest on its
 * having failed.
 *
 * Rejects where the log itself gives up; what was done stays done.
 */
export async function importLines(
  log: CommandLog,
  source: AsyncIterable<string> | Iterable<string>,
  options: ImportOptions,
): Promise<ImportReport> {
  const tally = { lines: 0, applied: 0, repeated: 0, bad: 0 }
  const window = new ImportWindow(log, options)
  const tenants = new TenantMaker(window.tenantLog)
  const keyOf = lineKeys()

  async function accept(text: string): Promise<Result<KeyedLine, DomainError>> {
    const parsed = parseLine(text, Date.now())
    if (!parsed.ok) return parsed
    const line = options.tenant === null ? parsed.value : { ...parsed.value, tenant: options.tenant }
    const ready = await tenants.ensure(line.tenant)
    return ready.ok ? ok(keyed(line, text)) : ready
  }

  const keyed = (line: Line, text: string): KeyedLine => ({
    ...line,
    number: tally.lines,
    key: keyOf(text, line),
  })

  function count({ line, outcome }: LineOutcome): void {
    if (outcome === 'applied' || outcome === 'repeated') tally[outcome] += 1
    else reject(line.number, outcome)
  }

  function reject(number: number, error: DomainError): void {
    tally.bad += 1
    options.onBad(number, error)
  }

  function countAll(outcomes: readonly LineOutcome[]): void {
    for (const outcome of outcomes) count(outcome)
    options.onProgress(tally.applied + tally.repeated + tally.bad)
  }

  for await (const text of source) {
    tally.lines += 1
    if (text.trim() === '') continue
    const line = await accept(text)
    if (!line.ok) reject(tally.lines, line.error)
    else if (window.add(line.value) === 'full') countAll(await window.flush())
  }
  countAll(await window.finish())
  return { ...tally, tenantsMade: tenants.made }
}
