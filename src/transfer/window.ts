import { Batch } from '../commands/batch.ts'
import { LogOverlay } from '../commands/overlay.ts'
import { readOnce } from '../commands/readOnce.ts'
import { type DomainError, DomainFailure } from '../domain/errors.ts'
import type { CommandLog, LogCommit } from '../log/EventLog.ts'
import { LOST_RACE } from '../ops/program.ts'
import { applyLine } from './applyLine.ts'
import { lastTry, recordBad } from './badLines.ts'
import { importer } from './importTenants.ts'
import type { Line } from './line.ts'

export interface KeyedLine extends Line {
  /** From 1, in the file. */
  readonly number: number
  /** Its idempotency key. */
  readonly key: string
}

export interface LineOutcome {
  readonly line: KeyedLine
  readonly outcome: 'applied' | 'repeated' | DomainError
}

/** Lines whose commits are under way together, so that they share the wait for the disk. */
const MAX_LINES = 1_000
/** Attempts that a window gets when other writers come between. */
const MAX_ATTEMPTS = 50

/**
 * A number of lines that are carried out together. All of them are run first, over the log and what the earlier ones are going to
 * write; then their commits are made, in order. Where one loses a race the window is run again: what has been done by then
 * is known by its keys.
 */
export class ImportWindow {
  readonly #log: CommandLog
  readonly #retryBad: boolean
  /** What a dry run would have written so far; null for a real one. */
  readonly #dry: LogOverlay | null
  #lines: KeyedLine[] = []

  constructor(
    log: CommandLog,
    { dryRun, retryBad }: { readonly dryRun: boolean; readonly retryBad: boolean },
  ) {
    this.#log = log
    this.#retryBad = retryBad
    this.#dry = dryRun ? new LogOverlay(log) : null
  }

  /** Where tenants are made: not in the log itself for a dry run. */
  get tenantLog(): CommandLog {
    return this.#dry ?? this.#log
  }

  add(line: KeyedLine): 'full' | 'open' {
    this.#lines.push(line)
    return this.#lines.length < MAX_LINES ? 'open' : 'full'
  }

  async flush(): Promise<readonly LineOutcome[]> {
    const lines = this.#lines
    this.#lines = []
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const { outcomes, commits } = await this.#rehearse(lines)
      if (this.#dry !== null) return outcomes
      const results = await Promise.all(commits.map((commit) => this.#log.commit(commit)))
      if (results.every(({ kind }) => kind === 'committed')) return outcomes
    }
    throw new DomainFailure(LOST_RACE)
  }

  /** Runs the lines, and gathers the commits that they come to. */
  async #rehearse(lines: readonly KeyedLine[]): Promise<{ outcomes: LineOutcome[]; commits: LogCommit[] }> {
    const ahead = this.#dry ?? new LogOverlay(readOnce(this.#log))
    const outcomes: LineOutcome[] = []
    const commits: LogCommit[] = []
    let open: { readonly batch: Batch; readonly first: Line } | null = null

    const close = () => {
      const commit = open?.batch.end(ahead) ?? null
      if (commit !== null) commits.push(commit)
      open = null
    }
    for (const line of lines) {
      if (open !== null && !sharesCommit((open as { first: Line }).first, line)) close()
      open ??= { batch: batchFor(line, ahead), first: line }
      let outcome = await this.#run(line, open.batch, ahead)
      if (outcome === 'full') {
        close()
        open = { batch: batchFor(line, ahead), first: line }
        outcome = await this.#run(line, open.batch, ahead)
      }
      if (outcome === 'full') throw new Error('a batch had no place for its first line')
      outcomes.push({ line, outcome })
    }
    close()
    return { outcomes, commits }
  }

  async #run(line: KeyedLine, batch: Batch, ahead: LogOverlay): Promise<LineOutcome['outcome'] | 'full'> {
    const { key, before } = await lastTry(ahead, line)
    if (before === 'done') return 'repeated'
    if (before !== null && !this.#retryBad) return before
    const result = await batch.run(applyLine(importer(line.tenant), line.action), key)
    if (result === 'full') return 'full'
    if (result.ok) return 'applied'
    return (await batch.run(recordBad(result.error), key)) === 'full' ? 'full' : result.error
  }
}

function batchFor({ tenant, at, change }: Line, log: LogOverlay): Batch {
  return new Batch(log, { tenant, at, cause: change, actor: importer(tenant).actor, ip: null })
}

const sharesCommit = (a: Line, b: Line): boolean =>
  a.tenant === b.tenant && a.change === b.change && a.at === b.at
