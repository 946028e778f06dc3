import { setImmediate as nextTurn } from 'node:timers/promises'

/** Why a sleeper was woken: there may be changes for it, or time has passed and the journal has moved. */
export type Ring = 'changes' | 'tick'

export interface Sleeper {
  /** Up to where its consumer was told how far it has read. */
  readonly told: number
  readonly wake: (ring: Ring) => void
}

/** What is after a position of the journal: `isWanted` where some of it is for the sleepers, or may be. */
export type Look = (after: number) => Promise<{ readonly isWanted: boolean; readonly position: number }>

/** Woken in one turn of the event loop: what they do then takes some milliseconds, and others wait meanwhile. */
const WOKEN_AT_ONCE = 100

/**
 * Followers who are told the same, at the end of the journal. It is looked at once for all of them, and they sleep on where
 * nothing of it is for them.
 */
export class Rank {
  readonly #look: Look
  readonly #sleepers = new Set<Sleeper>()
  #position: number
  #isLooking = false

  constructor(position: number, look: Look) {
    this.#position = position
    this.#look = look
  }

  /** There is nothing for any of the sleepers up to here; none of them has read less. */
  get position(): number {
    return this.#position
  }

  get isEmpty(): boolean {
    return this.#sleepers.size === 0
  }

  /** It must have read to the journal's end. */
  add(sleeper: Sleeper): void {
    this.#sleepers.add(sleeper)
  }

  delete(sleeper: Sleeper): boolean {
    return this.#sleepers.delete(sleeper)
  }

  /** Looks for changes up to the position, and wakes the sleepers if there are any; if it cannot look, they shall see for themselves. */
  async lookTo(end: () => number): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      while (!this.isEmpty && this.#position < end()) {
        const { isWanted, position } = await this.#look(this.#position)
        if (isWanted) await this.wake('changes')
        // Whoever has fallen asleep again meanwhile has read that far.
        this.#position = position
      }
    } catch {
      await this.wake('changes')
    } finally {
      this.#isLooking = false
    }
  }

  /** Those who were not told of the position yet; without one, all. A group in each turn of the event loop, so that others get theirs. */
  async wake(ring: Ring, position = Number.POSITIVE_INFINITY): Promise<void> {
    const sleepers = [...this.#sleepers].filter(({ told }) => told < position)
    for (let woken = 0; woken < sleepers.length; woken += WOKEN_AT_ONCE) {
      if (woken > 0) await nextTurn()
      for (const { wake } of sleepers.slice(woken, woken + WOKEN_AT_ONCE)) wake(ring)
    }
  }
}
