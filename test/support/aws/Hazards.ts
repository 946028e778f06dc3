import type { Call, Meet, Reply } from './AwsProxy.ts'

/** Calls `hit` when it does what it is there for; a request that gives it no occasion passes. */
export type Hazard = (call: Call, hit: () => void) => Promise<Reply | null>

/** What requests meet: nothing, or one of the hazards that lie in wait just now, until it has struck so often. */
export class Hazards<Name extends string> {
  readonly #known: Readonly<Record<Name, Hazard>>
  readonly #left = new Map<Name, number>()
  readonly #struck = new Map<Name, number>()
  readonly #odds: number
  readonly #meeting = new Set<Promise<unknown>>()

  /** Of the requests that could meet one, this share does: 0 to 1. */
  constructor(known: Readonly<Record<Name, Hazard>>, odds: number) {
    this.#known = known
    this.#odds = odds
  }

  /** It strikes so often from now on. */
  lay(name: Name, times: number): void {
    this.#left.set(name, times)
  }

  /** Nothing lies in wait any more; resolves once nobody is in the midst of one. */
  async clear(): Promise<void> {
    this.#left.clear()
    await Promise.all(this.#meeting)
  }

  /** How often it has struck. */
  struck(name: Name): number {
    return this.#struck.get(name) ?? 0
  }

  readonly meet: Meet = async (call) => {
    const waiting = [...this.#left.keys()]
    const name = waiting[Math.floor(Math.random() * waiting.length)]
    if (name === undefined || Math.random() >= this.#odds) return call.forward()
    const meeting = this.#known[name](call, () => this.#strike(name))
    const over = meeting.catch(() => undefined).then(() => void this.#meeting.delete(over))
    this.#meeting.add(over)
    return meeting
  }

  #strike(name: Name): void {
    const left = (this.#left.get(name) ?? 0) - 1
    if (left > 0) this.#left.set(name, left)
    else this.#left.delete(name)
    this.#struck.set(name, this.struck(name) + 1)
  }
}
