import { type LogCommit, LogUnavailable } from '../EventLog.ts'
import { NotMade, type Submitted, submitted } from '../Submitted.ts'
import type { BatchWriter } from './BatchWriter.ts'
import { contradictsItself, type Group, type Thing, thingsOf } from './group.ts'
import type { Heads } from './heads.ts'
import { type Room, Round } from './round.ts'
import type { Verdict } from './transaction.ts'

interface Waiting extends Submitted {
  readonly things: ReadonlySet<Thing>
  readonly resolve: (verdict: Verdict) => void
  readonly reject: (error: unknown) => void
}

/** Of this process, under way at the same time: transactions, and their items, of which a table takes some ten thousand a second. */
const AT_ONCE: Room = { groups: 64, items: 1_000 }

/**
 * Commits that share a stream, a name or a key take turns, in the order in which they came, since DynamoDB would cancel one of two
 * such transactions that meet; others go side by side. Of those that wait for the same turn as many as fit each other go in one
 * transaction, and those that have meanwhile lost are told so without any: however many write one stream, one request at a time does.
 */
export class GroupCommit {
  readonly #writer: BatchWriter
  readonly #heads: Heads
  #queue: Waiting[] = []
  readonly #underWay = new Set<Group<Waiting>>()
  /** Of all groups that are under way. */
  readonly #busy = new Set<Thing>()
  readonly #notMade = new NotMade()
  #turn: NodeJS.Immediate | undefined
  #isClosed = false
  #onIdle: () => void = () => {}

  constructor(writer: BatchWriter, heads: Heads) {
    this.#writer = writer
    this.#heads = heads
  }

  /** Resolves when the commit is durable or has lost; rejects with `LogUnavailable`, or `CommitUnknown`. Throws as `encodeCommit`. */
  write(source: LogCommit): Promise<Verdict> {
    const one = submitted(source)
    if (this.#isClosed) return Promise.reject(new LogUnavailable('The log is closed'))
    if (contradictsItself(one.commit)) return Promise.resolve(this.#lost(one))
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...one, things: thingsOf(one), resolve, reject })
      this.#startSoon()
    })
  }

  #lost(one: Submitted): 'conflict' {
    this.#notMade.add(one)
    return 'conflict'
  }

  /** Takes on no more, and waits for what was taken on. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#isIdle()) return
    await new Promise<void>((resolve) => {
      const before = this.#onIdle
      this.#onIdle = () => {
        before()
        resolve()
      }
    })
  }

  #isIdle(): boolean {
    return this.#queue.length + this.#underWay.size === 0
  }

  /** At the end of the event loop's turn: its commits go together. */
  #startSoon(): void {
    this.#turn ??= setImmediate(() => this.#start())
  }

  #start(): void {
    this.#turn = undefined
    const left: Waiting[] = []
    const round = new Round<Waiting>(this.#busy, this.#room())
    for (const waiting of this.#queue) {
      if (this.#hasLost(waiting)) waiting.resolve(this.#lost(waiting))
      else if (!round.place(waiting)) left.push(waiting)
    }
    this.#queue = left
    for (const group of round.groups) void this.#write(group)
    if (this.#isIdle()) this.#onIdle()
  }

  #room(): Room {
    const items = [...this.#underWay].reduce((sum, group) => sum + group.items, 0)
    return { groups: AT_ONCE.groups - this.#underWay.size, items: AT_ONCE.items - items }
  }

  #hasLost(waiting: Waiting): boolean {
    const { appends, checks } = waiting.commit
    return (
      this.#notMade.isBaseOf(waiting) ||
      [...appends, ...checks].some(({ stream, expected }) => this.#heads.hasPassed(stream, expected))
    )
  }

  async #write(group: Group<Waiting>): Promise<void> {
    this.#underWay.add(group)
    const things = group.members.flatMap((waiting) => [...waiting.things])
    for (const thing of things) this.#busy.add(thing)
    const outcomes = await this.#writer.write(group.members)
    for (const [index, waiting] of group.members.entries()) {
      const { resolve, reject } = waiting
      const outcome = outcomes[index] ?? 'conflict'
      if (outcome !== 'committed') this.#notMade.add(waiting)
      if (typeof outcome === 'object' && 'failed' in outcome) reject(outcome.failed)
      else resolve(outcome)
    }
    for (const thing of things) this.#busy.delete(thing)
    this.#underWay.delete(group)
    this.#startSoon()
  }
}
