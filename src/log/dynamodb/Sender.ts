import { CommitUnknown, notWritten } from '../EventLog.ts'
import type { CancellationReason, Table } from './database.ts'
import { asUnavailable, codesOf, passingReason, type RetryReason, retryReason } from './failures.ts'
import type { Heads } from './heads.ts'
import { Attempts } from './retry.ts'
import type { Transaction } from './transaction.ts'

/** Reasons: for each item, of which one at least has a condition that does not hold. */
type Sent = 'committed' | readonly CancellationReason[]

interface Open {
  readonly kind: 'open'
  /** Null: it is of no use to ask again. */
  readonly reason: RetryReason | null
  readonly error: unknown
}

type Answer =
  | 'committed'
  | { readonly kind: 'decided'; readonly reasons: readonly CancellationReason[] }
  | Open

/** Sends a transaction until it is decided. What the answers tell of heads is remembered. */
export class Sender {
  readonly #table: Table
  readonly #heads: Heads

  constructor(table: Table, heads: Heads) {
    this.#table = table
    this.#heads = heads
  }

  /** Rejects with `LogUnavailable`: with `CommitUnknown` if it may have happened. */
  async send(transaction: Transaction): Promise<Sent> {
    const { last, unanswered } = await this.#ask(transaction)
    if (last === 'committed') return this.#committed(transaction)
    // An attempt whose answer was lost may have happened, and its repetition have lost to it.
    if (unanswered !== null && (await this.#hasHappened(transaction, unanswered))) {
      return this.#committed(transaction)
    }
    if (last.kind === 'decided') return this.#lost(transaction, last.reasons)
    throw failure(last, unanswered !== null)
  }

  /** Until it is decided, or was asked often enough. `unanswered`: of those attempts whose answers were lost, the last. */
  async #ask(transaction: Transaction): Promise<{ last: Answer; unanswered: Open | null }> {
    const attempts = new Attempts(this.#table.onRetry)
    for (let unanswered: Open | null = null; ; ) {
      const last = await this.#attempt(transaction)
      if (last === 'committed' || last.kind === 'decided') return { last, unanswered }
      if (last.reason === 'unanswered') unanswered = last
      if (last.reason === null || !(await attempts.another(last.reason))) return { last, unanswered }
    }
  }

  async #attempt(transaction: Transaction): Promise<Answer> {
    try {
      const reasons = await this.#table.transact(transaction.items, transaction.id)
      if (reasons === null) return 'committed'
      const passing = passingReason(reasons)
      if (passing === null || transaction.verdict(reasons) !== null) return { kind: 'decided', reasons }
      return { kind: 'open', reason: passing, error: codesOf(reasons) }
    } catch (error) {
      return { kind: 'open', reason: retryReason(error), error }
    }
  }

  #committed(transaction: Transaction): 'committed' {
    for (const [stream, head] of transaction.heads) this.#heads.saw(stream, head)
    return 'committed'
  }

  #lost(transaction: Transaction, reasons: readonly CancellationReason[]): readonly CancellationReason[] {
    for (const [stream, head] of transaction.seen(reasons)) this.#heads.saw(stream, head)
    return reasons
  }

  /** Rejects with `CommitUnknown`, whose cause is that of the doubt, if that cannot be found out. */
  async #hasHappened({ mark, id }: Transaction, { error: cause }: Open): Promise<boolean> {
    if (mark === null) return false
    try {
      return (await this.#table.get(mark))?.commit?.S === id
    } catch (error) {
      throw new CommitUnknown(`${textOf(cause)}; nor could that be found out: ${textOf(error)}`, { cause })
    }
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function failure({ reason, error }: Open, isUnknown: boolean): unknown {
  if (isUnknown) return new CommitUnknown(textOf(error), { cause: error })
  return reason === null ? asUnavailable('written', error) : notWritten(textOf(error), { cause: error })
}
