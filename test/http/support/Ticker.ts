import type { RequestContext } from '../../../src/graphql/context.ts'

/** What happens in a fake engine, and when: a test decides. */
export class Ticker {
  writes = 0
  /** Subscriptions that are running. */
  followers = 0
  /** Ticks that a follower has pulled: a slow client pulls fewer than there are. */
  pulled = 0
  #ticks: unknown[] = []
  #changed = Promise.withResolvers<void>()
  #gate = Promise.withResolvers<boolean>()
  #waiting = 0

  write(): number {
    this.writes += 1
    return this.writes
  }

  tick(...values: readonly unknown[]): void {
    this.#ticks.push(...values)
    this.#change()
  }

  wait(): Promise<boolean> {
    this.#waiting += 1
    this.#change()
    return this.#gate.promise
  }

  open(): void {
    this.#gate.resolve(true)
  }

  async *follow(context: RequestContext) {
    let at = this.#ticks.length
    const onEnd = () => this.#change()
    context.signal.addEventListener('abort', onEnd)
    this.followers += 1
    this.#change()
    try {
      while (!context.signal.aborted) {
        if (at === this.#ticks.length) {
          await this.#changed.promise
          continue
        }
        this.pulled += 1
        const tick = this.#ticks[at++]
        if (tick instanceof Error) throw tick
        yield { ticks: tick }
      }
    } finally {
      context.signal.removeEventListener('abort', onEnd)
      this.followers -= 1
      this.#change()
    }
  }

  /** Resolves once so many subscriptions run. */
  async untilFollowers(count: number): Promise<void> {
    while (this.followers !== count) await this.#changed.promise
  }

  /** Resolves once so many operations wait at the gate. */
  async untilWaiting(count: number): Promise<void> {
    while (this.#waiting < count) await this.#changed.promise
  }

  #change(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers<void>()
  }
}
