import { type Change, type History, keyOf } from './history.ts'
import { Journal } from './Journal.ts'

/** A write with ifMatch is written exactly where that token stood: nothing has come between. */
export function conditional(history: History): string[] {
  const byCause = Map.groupBy(new Journal(history).changes, ({ cause }) => cause)
  return history.writes.flatMap(({ id, op, ifMatch }) => {
    if (ifMatch === null) return []
    return firstOfEachStream(byCause.get(id) ?? []).flatMap((change) => {
      const expected = (ifMatch[change.stream] ?? -1) + 1
      if (change.seq === expected) return []
      return [`${op} ${id} wrote ${keyOf(change)}, and its ifMatch allows only @${expected}`]
    })
  })
}

const firstOfEachStream = (changes: readonly Change[]): Change[] =>
  [...Map.groupBy(changes, ({ stream }) => stream).values()].flatMap((own) => own.slice(0, 1))
