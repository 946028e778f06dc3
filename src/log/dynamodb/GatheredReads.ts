import type { Item, Table } from './database.ts'
import { type Key, keyText } from './layout.ts'

interface Asked {
  readonly key: Key
  readonly resolve: (item: Item | undefined) => void
  readonly reject: (error: unknown) => void
}

/** Items that are asked for in the same turn of the event loop are read by the same request, a hundred by each. */
export class GatheredReads {
  readonly #table: Table
  #asked: Asked[] = []

  constructor(table: Table) {
    this.#table = table
  }

  get(key: Key): Promise<Item | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#asked.length === 0) setImmediate(() => void this.#read())
      this.#asked.push({ key, resolve, reject })
    })
  }

  async #read(): Promise<void> {
    const asked = this.#asked
    this.#asked = []
    try {
      const find = await this.#find(asked.map(({ key }) => key))
      for (const { key, resolve } of asked) resolve(find(key))
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
  }

  async #find(keys: readonly Key[]): Promise<(key: Key) => Item | undefined> {
    const [only, ...others] = keys
    if (only !== undefined && others.length === 0) {
      const item = await this.#table.get(only)
      return () => item
    }
    const items = await this.#table.getMany(keys)
    return (key) => items.get(keyText(key))
  }
}
