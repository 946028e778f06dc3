import { LRUCache } from 'lru-cache'

const WINDOW_MS = 60_000
/** Addresses that are remembered: a flood from more of them forgets the oldest, and costs no more memory. */
const MAX_ADDRESSES = 10_000

interface Tally {
  failures: number
  readonly endsAt: number
}

/** Counts keys that nobody has, by the address they came from, a minute at a time. */
export class FailedKeys {
  readonly #tallies = new LRUCache<string, Tally>({ max: MAX_ADDRESSES })
  readonly #max: number

  constructor(maxPerMinute: number) {
    this.#max = maxPerMinute
  }

  /** Counts one more. Returns the seconds until the address is heard again, or null while it is within its limit. */
  add(ip: string): number | null {
    const now = performance.now()
    let tally = this.#tallies.get(ip)
    if (tally === undefined || tally.endsAt <= now) {
      tally = { failures: 0, endsAt: now + WINDOW_MS }
      this.#tallies.set(ip, tally)
    }
    tally.failures += 1
    return tally.failures > this.#max ? Math.ceil((tally.endsAt - now) / 1_000) : null
  }
}
