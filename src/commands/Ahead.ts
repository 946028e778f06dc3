import type { Soon } from '../domain/soon.ts'
import type { StreamName, TenantId } from '../domain/streams.ts'
import type { CommandLog, LogCommit, LogOutcome } from '../log/EventLog.ts'
import type { Append } from '../ops/command.ts'
import { Pending } from './Pending.ts'
import { type Known, Tip } from './Tip.ts'

/** Seqs that are remembered before all are forgotten: as many as are written during some reads. */
const MAX_REMEMBERED = 10_000

const aheadOf = new WeakMap<CommandLog, Ahead>()

/**
 * What the commits of this process that are under way are going to write to a log. The next command on the same streams decides on
 * that, and not on what stands in the log: so its commit comes before theirs are decided, and shares a transaction with others.
 */
export class Ahead {
  readonly #log: CommandLog
  readonly #tips = new Map<StreamName, Tip>()
  readonly #made = new Map<StreamName, number>()
  readonly #requests = new Map<string, Pending>()

  /** The same for all who commit to the same log. */
  static of(log: CommandLog): Ahead {
    let ahead = aheadOf.get(log)
    if (ahead === undefined) {
      ahead = new Ahead(log)
      aheadOf.set(log, ahead)
    }
    return ahead
  }

  private constructor(log: CommandLog) {
    this.#log = log
  }

  /** Where the newest commit that is under way leaves the stream. */
  tip(stream: StreamName): Tip | undefined {
    return this.#tips.get(stream)
  }

  /** Where the newest commit that was made has left the stream, or 0 where it was the first: who has read less has read it before. */
  made(stream: StreamName): number {
    return this.#made.get(stream) ?? 0
  }

  /** The commit under way that does what this idempotency key stands for. */
  request(tenant: TenantId, key: string): Pending | undefined {
    return this.#requests.get(nameOf(tenant, key))
  }

  /** `before`: what is known of the stream at the seq that the append expects. */
  submit(commit: LogCommit, before: (append: Append) => Known): Soon<LogOutcome> {
    const soon = this.#log.commit(commit)
    if (!(soon instanceof Promise)) return soon
    const pending = new Pending(commit)
    for (const append of commit.appends) {
      this.#tips.set(append.stream, new Tip(pending, append, before(append)))
    }
    for (const { key } of commit.idempotency) this.#requests.set(nameOf(commit.tenant, key), pending)
    // Nobody hears of the outcome before it has been dealt with here.
    const outcome = soon.then(
      (known) => {
        this.#end(pending, known.kind === 'committed')
        return known
      },
      (error: unknown) => {
        this.#end(pending, false)
        throw error
      },
    )
    pending.settledBy(outcome)
    return outcome
  }

  #end(pending: Pending, wasMade: boolean): void {
    pending.wasMade = wasMade
    if (this.#made.size > MAX_REMEMBERED) this.#made.clear()
    const { tenant, appends, idempotency } = pending.commit
    for (const { stream, expected, events } of appends) {
      if (wasMade && expected > 0) this.#made.set(stream, expected + events.length)
      if (this.#tips.get(stream)?.pending === pending) this.#tips.delete(stream)
    }
    for (const { key } of idempotency) {
      if (this.#requests.get(nameOf(tenant, key)) === pending) this.#requests.delete(nameOf(tenant, key))
    }
  }
}

const nameOf = (tenant: TenantId, key: string): string => `${tenant}/${key}`
