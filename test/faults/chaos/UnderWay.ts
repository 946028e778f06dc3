import { setTimeout as delay } from 'node:timers/promises'

/** What is being waited for, by name: so that whoever waits for too long is told for what. */
export class UnderWay {
  readonly #since = new Map<symbol, { readonly what: string; readonly at: number }>()

  async track<A>(what: string, act: () => Promise<A>): Promise<A> {
    const id = Symbol(what)
    this.#since.set(id, { what, at: performance.now() })
    try {
      return await act()
    } finally {
      this.#since.delete(id)
    }
  }

  /** Rejects with all that is under way where it takes longer. */
  async within<A>(ms: number, act: () => Promise<A>): Promise<A> {
    const over = new AbortController()
    const late = delay(ms, undefined, { signal: over.signal }).then(() => {
      throw new Error(`after ${ms} ms there is still under way: ${this.#told().join('; ')}`)
    })
    try {
      return await Promise.race([act(), late])
    } finally {
      late.catch(() => {})
      over.abort()
    }
  }

  #told(): string[] {
    const now = performance.now()
    return [...this.#since.values()].map(({ what, at }) => `${what} (${Math.round(now - at)} ms)`)
  }
}
