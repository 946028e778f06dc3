import { setImmediate as endOfTurn } from 'node:timers/promises'
import type { RecordedEvent } from '../domain/events.ts'
import type { StreamName } from '../domain/streams.ts'
import type { Vector } from '../domain/token.ts'
import type { Applied, ViewReader } from '../views/ViewStore.ts'

interface Waiter {
  /** What the views were not yet seen to have. */
  readonly missing: Map<StreamName, number>
  readonly position: number
  readonly wake: () => void
  readonly since: number
}

export type Seqs = readonly (readonly [StreamName, number])[]

/** What the views have of their streams once the events were applied; null where some were left out. */
export function seqsIn(events: readonly RecordedEvent[], { applied, duplicates }: Applied): Seqs | null {
  return applied + duplicates === events.length ? events.map(({ stream, seq }) => [stream, seq]) : null
}

/**
 * Those who wait for the views to reach a vector. Mostly they are told by what was applied, at no cost; where that is not known
 * one question to the views answers them all.
 */
export class Waiters {
  readonly #views: Pick<ViewReader, 'applied' | 'position'>
  readonly #onPosition: (position: number) => void
  readonly #waiting = new Set<Waiter>()
  #position = 0
  #looking = false
  #lookAgain = false
  /** What those who come in this turn of the event loop ask at first. */
  #first: { readonly waiters: Waiter[]; readonly asked: Promise<unknown> } | null = null
  #closed = false

  /** `onPosition` hears where the views were found. */
  constructor(views: Pick<ViewReader, 'applied' | 'position'>, onPosition: (position: number) => void) {
    this.#views = views
    this.#onPosition = onPosition
  }

  get size(): number {
    return this.#waiting.size
  }

  /** How long whoever waits longest has done so; 0 when nobody waits. */
  get longestMs(): number {
    const [longest] = this.#waiting
    return longest === undefined ? 0 : performance.now() - longest.since
  }

  /** What those who wait now were not yet seen to have. */
  missing(): ReadonlySet<StreamName> {
    return new Set([...this.#waiting].flatMap(({ missing }) => [...missing.keys()]))
  }

  /**
   * True once the views have the vector; false if they have not at the deadline, or on `close`. `demand` is called if they have
   * not at first. Rejects if the views cannot be asked at first or at the deadline.
   */
  async wait(vector: Vector, deadlineMs: number, demand: () => void): Promise<boolean> {
    if (this.#closed) return false
    const { promise: woken, resolve: wake } = Promise.withResolvers<void>()
    const waiter: Waiter = {
      missing: new Map(vector.streams),
      position: vector.position,
      wake,
      since: performance.now(),
    }
    // It waits before it asks: what is applied after the answer will be told to it.
    this.#waiting.add(waiter)
    const timer = setTimeout(wake, deadlineMs).unref()
    try {
      await this.#askFirst(waiter)
      if (deadlineMs <= 0 || this.#isReached(waiter)) return this.#isReached(waiter)
      demand()
      await woken
      return this.#isReached(waiter) || (!this.#closed && (await this.#ask([waiter])))
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(waiter)
    }
  }

  /** The views are at this position, and have these events at least. */
  tell(position: number, seqs: Seqs): void {
    this.#position = Math.max(this.#position, position)
    const applied = new Map(seqs)
    for (const waiter of this.#waiting) {
      strike(waiter, applied)
      if (this.#isReached(waiter)) waiter.wake()
    }
  }

  /** Asks the views for all who wait. Calls during a look are answered by one more look. */
  async look(): Promise<void> {
    this.#lookAgain = true
    if (this.#looking) return
    this.#looking = true
    try {
      while (this.#lookAgain && this.#waiting.size > 0) {
        this.#lookAgain = false
        await this.#ask([...this.#waiting])
      }
    } catch {
      // Passing trouble of the views: the next look may succeed, and each waiter's own last question tells of it otherwise.
    } finally {
      this.#looking = false
    }
  }

  /** Nobody waits any longer: all are told false. */
  close(): void {
    this.#closed = true
    for (const { wake } of this.#waiting) wake()
  }

  /** Under load many come in one turn: one question is for all of them. What they are told of before the turn ends is not asked. */
  #askFirst(waiter: Waiter): Promise<unknown> {
    if (this.#first === null) {
      const waiters: Waiter[] = []
      const asked = endOfTurn().then(() => {
        this.#first = null
        return this.#closed || this.#ask(waiters.filter((each) => !this.#isReached(each)))
      })
      this.#first = { waiters, asked }
    }
    this.#first.waiters.push(waiter)
    return this.#first.asked
  }

  #isReached({ missing, position }: Waiter): boolean {
    return missing.size === 0 && position <= this.#position
  }

  /** Wakes those of them who have what they wait for; true if all have. */
  async #ask(waiters: readonly Waiter[]): Promise<boolean> {
    const streams = [...new Set(waiters.flatMap(({ missing }) => [...missing.keys()]))]
    const seqs = streams.length === 0 ? [] : await this.#views.applied(streams)
    const applied = new Map(streams.map((stream, i) => [stream, seqs[i] ?? 0]))
    const struck = waiters.filter((waiter) => strike(waiter, applied) || waiter.missing.size === 0)
    if (struck.length > 0) {
      // Asked after the seqs, so that the position covers them.
      this.#position = Math.max(this.#position, await this.#views.position())
      this.#onPosition(this.#position)
    }
    const reached = struck.filter((waiter) => this.#isReached(waiter))
    for (const { wake } of reached) wake()
    return reached.length === waiters.length
  }
}

/** Strikes off what is applied; true if there was something. */
function strike({ missing }: Waiter, applied: ReadonlyMap<StreamName, number>): boolean {
  const { size } = missing
  for (const [stream, seq] of missing) {
    if (seq <= (applied.get(stream) ?? 0)) missing.delete(stream)
  }
  return missing.size < size
}
