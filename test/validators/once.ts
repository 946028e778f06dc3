import { type Change, type History, keyOf, type Told } from './history.ts'
import { Journal } from './Journal.ts'
import { isTold } from './matching.ts'

/** However often a write is attempted it takes effect once at most; one that is refused at its only attempt, not at all. */
export function once(history: History): string[] {
  const byCause = Map.groupBy(new Journal(history).changes, ({ cause }) => cause)
  return history.writes.flatMap(({ id, op, outcome, code, attempts, sets }) => {
    const changes = byCause.get(id) ?? []
    const [first] = changes
    if (outcome === 'refused' && attempts === 1) {
      return first === undefined ? [] : [`${op} ${id} was refused with ${code}, but wrote ${keyOf(first)}`]
    }
    return sets.flatMap((fact) => repeated(`${op} ${id}`, fact, changes))
  })
}

function repeated(write: string, fact: Told, changes: readonly Change[]): string[] {
  const times = changes.filter(({ event }) => isTold(fact, event))
  return times.length < 2 ? [] : [`${write} is there ${times.length} times: ${times.map(keyOf).join(', ')}`]
}
