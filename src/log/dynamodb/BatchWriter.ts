import type { StreamName } from '../../domain/streams.ts'
import { type LogUnavailable, notWritten } from '../EventLog.ts'
import type { EncodedCommit } from '../encodeCommit.ts'
import { NotMade, type Submitted } from '../Submitted.ts'
import type { Table } from './database.ts'
import { codesOf } from './failures.ts'
import type { Heads } from './heads.ts'
import { headKey, keyText } from './layout.ts'
import { NO_EVENTS, readHead, type StreamHead } from './rows.ts'
import { Sender } from './Sender.ts'
import { Transaction, type Verdict } from './transaction.ts'

/** What became of a commit: a verdict, or what it is to be rejected with. */
export type Outcome = Verdict | { readonly failed: unknown }

/**
 * Writes commits in transactions. Those that come together fit each other (see GroupCommit), and go in one; should it be cancelled,
 * it is taken apart, and each is asked by itself, in order.
 */
export class BatchWriter {
  readonly #table: Table
  readonly #heads: Heads
  readonly #sender: Sender

  constructor(table: Table, heads: Heads) {
    this.#table = table
    this.#heads = heads
    this.#sender = new Sender(table, heads)
  }

  /** Resolves once each is durable, has lost or has failed: an outcome a commit. */
  async write(group: readonly Submitted[]): Promise<readonly Outcome[]> {
    const commits = group.map(({ commit }) => commit)
    try {
      if (commits.length > 1 && (await this.#writeTogether(commits))) return commits.map(() => 'committed')
    } catch (failed) {
      return commits.map(() => ({ failed }))
    }
    return this.#writeOneByOne(group)
  }

  /** After one that failed, the others are not tried: each would take as long. What was written before it, was written. */
  async #writeOneByOne(group: readonly Submitted[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = []
    const notMade = new NotMade()
    let because: LogUnavailable | null = null
    for (const one of group) {
      const outcome = await this.#writeOne(one, notMade, because)
      if (outcome !== 'committed') notMade.add(one)
      if (typeof outcome === 'object' && 'failed' in outcome) {
        because ??= notWritten('one before it failed', { cause: outcome.failed })
      }
      outcomes.push(outcome)
    }
    return outcomes
  }

  async #writeOne(one: Submitted, notMade: NotMade, because: LogUnavailable | null): Promise<Outcome> {
    if (notMade.isBaseOf(one)) return 'conflict'
    if (because !== null) return { failed: because }
    try {
      return await this.#writeAlone(one.commit)
    } catch (failed) {
      return { failed }
    }
  }

  async #writeTogether(commits: readonly EncodedCommit[]): Promise<boolean> {
    const heads = await this.#headsFor(commits)
    if (heads === null) return false
    return (await this.#sender.send(new Transaction(this.#table.name, commits, heads))) === 'committed'
  }

  async #writeAlone(commit: EncodedCommit): Promise<Verdict> {
    const notHeld = new Set<string>()
    for (;;) {
      const heads = await this.#headsFor([commit])
      if (heads === null) return 'conflict'
      const transaction = new Transaction(this.#table.name, [commit], heads, notHeld)
      const sent = await this.#sender.send(transaction)
      if (sent === 'committed') return sent
      const verdict = transaction.verdict(sent)
      if (verdict === null) throw notWritten(codesOf(sent))
      if (verdict === 'committed' || verdict === 'conflict' || 'taken' in verdict) return verdict
      for (const name of verdict.notHeld) notHeld.add(name)
    }
  }

  /** Those that the commits expect at first, of streams that they append to. Null: one of the commits has lost already. */
  async #headsFor(commits: readonly EncodedCommit[]): Promise<ReadonlyMap<StreamName, StreamHead> | null> {
    const expected = new Map<StreamName, number>()
    const grown = new Set<StreamName>()
    for (const { appends, checks } of commits) {
      for (const append of appends) if (append.events.length > 0) grown.add(append.stream)
      for (const each of [...appends, ...checks]) {
        if (!expected.has(each.stream)) expected.set(each.stream, each.expected)
      }
    }
    const wanted = [...expected]
    if (wanted.some(([stream, seq]) => this.#heads.hasPassed(stream, seq))) return null
    const isKnown = (stream: StreamName, seq: number) => seq === 0 || this.#heads.get(stream)?.seq === seq
    const unknown = wanted.filter(([stream, seq]) => grown.has(stream) && !isKnown(stream, seq))
    if (unknown.length > 0) await this.#look(unknown.map(([stream]) => stream))
    if (!unknown.every(([stream, seq]) => isKnown(stream, seq))) return null
    return new Map(wanted.map(([stream, seq]) => [stream, (seq > 0 && this.#heads.get(stream)) || NO_EVENTS]))
  }

  async #look(streams: readonly StreamName[]): Promise<void> {
    const items = await this.#table.getMany(streams.map(headKey))
    for (const stream of streams) this.#heads.saw(stream, readHead(items.get(keyText(headKey(stream)))))
  }
}
