import DataLoader from 'dataloader'
import type { Item, Table } from './database.ts'
import { type Key, keyText } from './layout.ts'

/** Items that are asked for in the same turn of the event loop are read by the same request, a hundred by each. Nothing is remembered. */
export const itemLoader = (table: Table): DataLoader<Key, Item | undefined> =>
  new DataLoader((keys) => readEach(table, keys), { cache: false, batchScheduleFn: setImmediate })

async function readEach(table: Table, keys: readonly Key[]): Promise<readonly (Item | undefined)[]> {
  const [only, ...others] = keys
  if (only !== undefined && others.length === 0) return [await table.get(only)]
  const items = await table.getMany(keys)
  return keys.map((key) => items.get(keyText(key)))
}
