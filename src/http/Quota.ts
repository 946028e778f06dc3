import type { Viewer } from '../domain/viewer.ts'

/** So many at a time for each API key. The operator key has no limit: whoever holds it can do all that limits are there to prevent. */
export class Quota {
  readonly #max: number
  /** By key; those that have none are not kept. */
  readonly #taken = new Map<string, number>()

  constructor(max: number) {
    this.#max = max
  }

  /** Returns the way to give it back, to be called once; null where the key has as many as it may. */
  take({ keyId }: Pick<Viewer, 'keyId'>): (() => void) | null {
    if (keyId === null) return NOTHING
    const taken = this.#taken.get(keyId) ?? 0
    if (taken >= this.#max) return null
    this.#taken.set(keyId, taken + 1)
    return () => this.#giveBack(keyId)
  }

  #giveBack(keyId: string): void {
    const left = (this.#taken.get(keyId) ?? 0) - 1
    if (left > 0) this.#taken.set(keyId, left)
    else this.#taken.delete(keyId)
  }
}

const NOTHING = (): void => {}
