import type { History } from './history.ts'
import { Journal } from './Journal.ts'

/** With a total order a write that was acknowledged before another began comes before it in the journal. */
export function realTime(history: History): string[] {
  if (!history.totalOrder) return []
  const places = new Map<string, { first: number; last: number }>()
  for (const [place, { cause }] of new Journal(history).changes.entries()) {
    if (cause !== null) places.set(cause, { first: places.get(cause)?.first ?? place, last: place })
  }
  const placed = history.writes.flatMap(({ id, calledAt, answeredAt, outcome }) => {
    const at = places.get(id)
    return at === undefined
      ? []
      : [{ id, calledAt, answeredAt: outcome === 'acknowledged' ? answeredAt : null, ...at }]
  })
  const answered = placed
    .flatMap(({ id, answeredAt, last }) => (answeredAt === null ? [] : [{ id, answeredAt, last }]))
    .toSorted((a, b) => a.answeredAt - b.answeredAt)
  let latest = { id: '', last: -1 }
  let next = 0
  return placed
    .toSorted((a, b) => a.calledAt - b.calledAt)
    .flatMap(({ id, calledAt, first }) => {
      for (
        let done = answered[next];
        done !== undefined && done.answeredAt < calledAt;
        done = answered[++next]
      ) {
        if (done.last > latest.last) latest = done
      }
      return latest.last <= first
        ? []
        : [`${id} began after ${latest.id} was acknowledged, but stands before it`]
    })
}
