import { type Change, type History, keyOf, type Told, type Write } from './history.ts'
import { changesIn, Journal, partsOf } from './Journal.ts'
import { isTold } from './matching.ts'

/**
 * A write is in the journal whole or not at all. With a total order its changes stand side by side there, and no follower is told of
 * another change between two of them on one connection.
 */
export function atomic(history: History): string[] {
  const journal = new Journal(history)
  const byCause = Map.groupBy(journal.changes, ({ cause }) => cause)
  const halves = history.writes.flatMap((write) => half(write, byCause.get(write.id) ?? []))
  if (!history.totalOrder) return halves
  const ids = new Set(history.writes.map(({ id }) => id))
  const apart = history.followers.flatMap((follower) =>
    partsOf(follower).flatMap(({ journal: live }, number) =>
      torn(`${follower.name}, connection ${number}`, changesIn(live), ids),
    ),
  )
  return [...halves, ...torn('the journal', journal.changes, ids), ...apart]
}

function half({ id, op, sets }: Write, changes: readonly Change[]): string[] {
  if (changes.length === 0) return []
  const lacks = (fact: Told) => !changes.some(({ event }) => isTold(fact, event))
  return sets.filter(lacks).map((fact) => `${op} ${id} is there without ${JSON.stringify(fact)}`)
}

function torn(where: string, changes: readonly Change[], ids: ReadonlySet<string>): string[] {
  const over = new Set<string>()
  let last: string | null = null
  return changes.flatMap((change) => {
    const { cause } = change
    if (cause !== last && last !== null) over.add(last)
    last = cause
    if (cause === null || !ids.has(cause) || !over.has(cause)) return []
    return [`${where}: ${keyOf(change)} came apart from the rest of ${cause}`]
  })
}
