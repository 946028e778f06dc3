import type { RecordedEvent } from '../domain/events.ts'
import type { Append, Head } from '../ops/command.ts'
import type { Pending } from './Pending.ts'
import { newestOfEach, recordedAppend } from './recorded.ts'

/** A stream as far as it is known; null where nobody has asked. */
export interface Known {
  readonly seq: number
  readonly head: Head | null
  /** All of them. */
  readonly events: readonly RecordedEvent[] | null
}

export const NO_EVENTS = { seq: 0, head: { seq: 0, latest: [] }, events: [] } satisfies Known

export const unread = (seq: number): Known => ({ seq, head: null, events: null })

/** What can be asked of a stream. */
export interface Part<A> {
  /** Null where it is not known. */
  of(known: Known): A | null
  known(answer: A): Known
}

export const SEQ: Part<number> = { of: ({ seq }) => seq, known: unread }
export const HEAD: Part<Head> = {
  of: ({ head }) => head,
  known: (head) => ({ seq: head.seq, head, events: null }),
}
export const EVENTS: Part<readonly RecordedEvent[]> = {
  of: ({ events }) => events,
  known: (events) => ({ seq: events.at(-1)?.seq ?? 0, head: null, events }),
}

/** A stream as a commit that is not decided yet is going to leave it: worked out when it is asked for, which mostly is never. */
export class Tip implements Known {
  readonly seq: number
  /** The commit. */
  readonly pending: Pending
  /** So many commits follow one another to it, since the stream was read from the log. */
  readonly length: number
  readonly #before: Known
  readonly #append: Append
  #head: Head | null | undefined
  #events: readonly RecordedEvent[] | null | undefined

  /** `before`: the stream at the seq that the append expects. */
  constructor(pending: Pending, append: Append, before: Known) {
    this.pending = pending
    this.seq = append.expected + append.events.length
    this.length = before instanceof Tip ? before.length + 1 : 1
    this.#before = before
    this.#append = append
  }

  get head(): Head | null {
    if (this.#head === undefined) {
      const before = this.#before.head
      this.#head =
        before === null ? null : { seq: this.seq, latest: newestOfEach([...before.latest, ...this.#added()]) }
    }
    return this.#head
  }

  get events(): readonly RecordedEvent[] | null {
    if (this.#events === undefined) {
      const before = this.#before.events
      this.#events = before === null ? null : [...before, ...this.#added()]
    }
    return this.#events
  }

  #added(): readonly RecordedEvent[] {
    return recordedAppend(this.#append, this.pending.commit.meta)
  }
}
