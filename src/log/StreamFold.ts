import { type Event, faultOf, recordedFrom, type StoredEvent, type UnknownEvent } from '../domain/events.ts'
import { parseStream } from '../domain/streams.ts'
import { type HeldClaim, heldClaims } from './heldClaims.ts'
import type { LogProblem } from './LogProblem.ts'
import type { StoredHead } from './StoredLog.ts'
import { hashAfter } from './storedChain.ts'

type Found = Omit<LogProblem, 'stream'>

/** What the events of a stream come to, against what its head says. They are added in order, up to one more than it should have. */
export class StreamFold {
  readonly #head: StoredHead
  readonly #newest: Record<string, number> = {}
  /** All of the tenants, else the newest of each type: what heldClaims looks at. */
  readonly #said = new Map<string, Event | UnknownEvent>()
  readonly #parts: ReturnType<typeof parseStream>
  #hash: string | null = null
  #seq = 0
  #fault: string | null = null
  /** There are events that the head does not know of: it was read before they were written, or is wrong. */
  goesOn = false

  constructor(head: StoredHead) {
    this.#head = head
    this.#parts = parseStream(head.stream)
  }

  add(event: StoredEvent): void {
    const { seq, name } = event
    if (seq > this.#head.seq) {
      this.goesOn = true
      return
    }
    this.#seq = seq
    this.#hash = hashAfter(this.#hash, event)
    this.#newest[name] = seq
    const recorded = recordedFrom(event)
    const fault = faultOf(recorded)
    if (fault !== null) this.#fault ??= `event ${seq} cannot be read: ${fault}`
    this.#said.set(this.#parts?.kind === 'tenants' ? String(seq) : name, recorded.event)
  }

  /** What is wrong with the stream in itself. */
  problems(): readonly Found[] {
    const { seq, hash, newest } = this.#head
    if (this.#parts === null) return [{ kind: 'HEAD', message: 'its name is none' }]
    if (this.#seq < seq) return [{ kind: 'SEQ_HOLE', message: `seq ${this.#seq + 1} is missing` }]
    const found: Found[] = []
    if (hash !== this.#hash)
      found.push({ kind: 'CHAIN', message: 'its events are not those that were written' })
    if (this.#fault !== null) found.push({ kind: 'UNREADABLE', message: this.#fault })
    const names = Object.keys({ ...newest, ...this.#newest })
    if (
      found.length === 0 &&
      newest !== undefined &&
      names.some((name) => newest[name] !== this.#newest[name])
    ) {
      found.push({ kind: 'HEAD', message: 'its head names other events as the newest of their types' })
    }
    return found
  }

  /** Null where it cannot be told. */
  held(): readonly HeldClaim[] | null {
    return this.#parts === null ? null : heldClaims(this.#parts, [...this.#said.values()])
  }
}
