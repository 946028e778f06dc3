import { setImmediate as nextTurn } from 'node:timers/promises'
import { Batch } from '../commands/batch.ts'
import { LogOverlay } from '../commands/overlay.ts'
import { readOnce } from '../commands/readOnce.ts'
import { type DomainError, DomainFailure } from '../domain/errors.ts'
import type { CommandLog, LogCommit } from '../log/EventLog.ts'
import { LOST_RACE } from '../ops/program.ts'
import { applyLine } from './applyLine.ts'
import { lastTry, recordBad } from './badLines.ts'
import { chained } from './chained.ts'
import { foresee } from './foresee.ts'
import { importer } from './importTenants.ts'
import type { Line } from './line.ts'
import type { KeyedLine } from './lineKeys.ts'

export interface LineOutcome {
  readonly line: KeyedLine
  readonly outcome: 'applied' | 'repeated' | DomainError
}

/** Lines whose commits are under way together, so that they share the wait for the disk: so many as mostly go in one batch. */
const MAX_LINES = 2_000
/** Attempts that a window gets when other writers come between. */
const MAX_ATTEMPTS = 50

/** Lines that were rehearsed: what will become of them, and the commits that they come to. */
interface Rehearsed {
  readonly lines: readonly KeyedLine[]
  readonly outcomes: readonly LineOutcome[]
  readonly commits: readonly LogCommit[]
  /** The log as it will be after them. */
  readonly ahead: LogOverlay
}

interface UnderWay extends Rehearsed {
  /** Whether all of its commits were made. */
  readonly done: Promise<boolean>
}

/**
 * Lines are carried out a window at a time. All of its lines are run first, over the log and what the earlier ones are going to
 * write; then their commits are made, in order, while the next window is rehearsed. Where one loses a race the window is run
 * again: what has been done by then is known by its keys.
 */
export class ImportWindow {
  readonly #log: CommandLog
  readonly #retryBad: boolean
  /** What a dry run would have written so far; null for a real one. */
  readonly #dry: LogOverlay | null
  #lines: KeyedLine[] = []
  #underWay: UnderWay | null = null

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

  /** Begins the commits of the lines that were added. Returns what became of those before. */
  async flush(): Promise<readonly LineOutcome[]> {
    const lines = this.#lines
    this.#lines = []
    let rehearsed = await this.#rehearse(lines, this.#base())
    if (this.#dry !== null) return rehearsed.outcomes
    const before = await this.#settle()
    if (before.wasRunAgain) rehearsed = await this.#rehearse(lines, this.#base())
    this.#underWay = { ...rehearsed, done: this.#commit(rehearsed) }
    // Whoever waits for it next hears of a rejection.
    this.#underWay.done.catch(() => {})
    // Where everything is known at once, the next window would be rehearsed before these commits are sent off.
    await nextTurn()
    return before.outcomes
  }

  /** As `flush`, and waits for the commits. */
  async finish(): Promise<readonly LineOutcome[]> {
    const before = await this.flush()
    const { outcomes } = await this.#settle()
    return [...before, ...outcomes]
  }

  /** The log, with what is under way as if it were there. */
  #base(): LogOverlay {
    if (this.#dry !== null) return this.#dry
    const base = new LogOverlay(readOnce(this.#log))
    if (this.#underWay !== null) base.absorb(this.#underWay.ahead)
    return base
  }

  /** Waits for what is under way, and runs it again as long as it loses races. */
  async #settle(): Promise<{ outcomes: readonly LineOutcome[]; wasRunAgain: boolean }> {
    let current = this.#underWay
    if (current === null) return { outcomes: [], wasRunAgain: false }
    for (let attempt = 1; !(await current.done); attempt++) {
      if (attempt === MAX_ATTEMPTS) throw new DomainFailure(LOST_RACE)
      this.#underWay = null
      const again: Rehearsed = await this.#rehearse(current.lines, this.#base())
      current = { ...again, done: this.#commit(again) }
    }
    const wasRunAgain = this.#underWay === null
    this.#underWay = null
    return { outcomes: current.outcomes, wasRunAgain }
  }

  async #commit({ commits }: Rehearsed): Promise<boolean> {
    const results = await Promise.all(chained(commits).map((commit) => this.#log.commit(commit)))
    return results.every(({ kind }) => kind === 'committed')
  }

  /** Runs the lines, and gathers the commits that they come to. */
  async #rehearse(lines: readonly KeyedLine[], base: LogOverlay): Promise<Rehearsed> {
    await foresee(base, lines)
    const ahead = this.#dry ?? new LogOverlay(base)
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
    return { lines, outcomes, commits, ahead }
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
