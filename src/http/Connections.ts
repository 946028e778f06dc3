import { type DomainError, domainError } from '../domain/errors.ts'
import { Quota } from './Quota.ts'

/** The time over which clients should spread their reconnects after a cut. */
export interface RetryWindow {
  readonly minMs: number
  readonly maxMs: number
}

const MIN_MS = 500
const SPREAD_MS = 1_000
/** So many connections in a second are made and admitted without anybody noticing. */
const PER_SECOND = 500

/** The WebSockets and event streams that are open, of all clients. */
export class Connections {
  /** Of WebSockets: an event stream counts as the follower that it is. */
  readonly ofKeys: Quota
  readonly #max: number
  #open = 0

  constructor(max: number, maxOfKey: number) {
    this.#max = max
    this.ofKeys = new Quota(maxOfKey)
  }

  /** Counts one more. False where there are as many as may be: it must then not be opened. */
  open(): boolean {
    if (this.#open >= this.#max) return false
    this.#open += 1
    return true
  }

  close(): void {
    this.#open -= 1
  }

  /** It grows with the number of connections, since all of them are cut by a restart. */
  get retry(): RetryWindow {
    return { minMs: MIN_MS, maxMs: MIN_MS + SPREAD_MS + Math.ceil((this.#open / PER_SECOND) * 1_000) }
  }

  /** RATE_LIMITED, with the time after which to try again. */
  limited(message: string): DomainError {
    const retryAfter = Math.ceil(this.retry.maxMs / 1_000)
    return domainError('RATE_LIMITED', `${message}; try again in ${retryAfter} s`, { retryAfter })
  }
}
