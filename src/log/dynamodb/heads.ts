import { LRUCache } from 'lru-cache'
import type { StreamName } from '../../domain/streams.ts'
import type { StreamHead } from './rows.ts'

/** Some 300 bytes each. */
const MAX_REMEMBERED = 20_000

/**
 * Heads that this process has seen. Streams only grow, so one that is remembered is that of the stream when it was there, and says
 * of every writer who read an older one that it has lost; whether it is still the newest, only the table knows.
 */
export class Heads {
  readonly #known = new LRUCache<StreamName, StreamHead>({ max: MAX_REMEMBERED })

  get(stream: StreamName): StreamHead | undefined {
    return this.#known.get(stream)
  }

  /** Answers may overtake each other: an older one is nothing new. */
  saw(stream: StreamName, head: StreamHead): void {
    if (head.seq > (this.#known.get(stream)?.seq ?? 0)) this.#known.set(stream, head)
  }

  /** No stream can be at this seq any more. */
  hasPassed(stream: StreamName, seq: number): boolean {
    return (this.#known.get(stream)?.seq ?? 0) > seq
  }
}
