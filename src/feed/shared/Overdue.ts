import type { StreamName } from '../../domain/streams.ts'
import type { Vector } from '../../domain/token.ts'

interface Entry {
  readonly seq: number
  readonly since: number
}

/** Beyond it only the oldest are remembered, which are those that count. */
const MAX_STREAMS = 10_000

/** Events that somebody waited for in vain: the log has them, and the views are not known to. */
export class Overdue {
  readonly #streams = new Map<StreamName, Entry>()

  /** `since`: when it was first known, by the clock of `performance`. */
  add({ streams }: Vector, since: number): void {
    for (const [stream, seq] of streams) {
      const known = this.#streams.get(stream)
      if (known === undefined && this.#streams.size >= MAX_STREAMS) continue
      this.#streams.set(stream, { seq: Math.max(seq, known?.seq ?? 0), since: known?.since ?? since })
    }
  }

  /** The views have these events by now. */
  strike(applied: Iterable<readonly [StreamName, number]>): void {
    if (this.#streams.size === 0) return
    for (const [stream, seq] of applied) {
      if (seq >= (this.#streams.get(stream)?.seq ?? Number.POSITIVE_INFINITY)) this.#streams.delete(stream)
    }
  }

  /** They stand still, and are counted elsewhere. */
  forget(streams: Iterable<StreamName>): void {
    for (const stream of streams) this.#streams.delete(stream)
  }

  streams(): readonly StreamName[] {
    return [...this.#streams.keys()]
  }

  /** For how long the oldest of them has been known; 0 where there is none. */
  get oldestMs(): number {
    let oldest = performance.now()
    const now = oldest
    for (const { since } of this.#streams.values()) oldest = Math.min(oldest, since)
    return now - oldest
  }
}
