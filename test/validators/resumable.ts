import { type Followed, type History, keyOf, type Replay } from './history.ts'
import { changesIn, Journal, partsOf } from './Journal.ts'

/**
 * No cursor that was handed out is refused. From any of them a replay tells exactly the rest of the journal; from the cursor of a
 * change: what comes after that change.
 */
export function resumable(history: History): string[] {
  const journal = new Journal(history)
  const refused = history.followers.flatMap(({ name, connections }) =>
    connections.flatMap(({ after, refusal }, number) =>
      refusal === null ? [] : [`${name}, connection ${number}, from ${after}: ${refusal}`],
    ),
  )
  const faults = history.replays.flatMap((replay) => {
    const follower = history.followers.find(({ name }) => name === replay.follower)
    return follower === undefined ? [] : faultsIn(journal, follower, replay)
  })
  return [...refused, ...faults]
}

function faultsIn(journal: Journal, follower: Followed, replay: Replay): string[] {
  const where = `${follower.name}, replayed from ${replay.cursor}`
  if (replay.refusal !== null) return [`${where}: ${replay.refusal}`]
  const all = journal.for(follower, 0, replay.journal).map(keyOf)
  const rest = replay.rest.map(keyOf)
  const from = all.length - rest.length
  const wrong = rest.findIndex((key, i) => key !== all[from + i])
  if (wrong >= 0) return [`${where}: ${rest[wrong]} came, where the journal has ${all[from + wrong]}`]
  const last = lastBefore(follower, replay.cursor)
  if (last === null || last === all[from - 1]) return []
  return [`${where}: begins after ${all[from - 1] ?? 'nothing'}, but the cursor stands after ${last}`]
}

/** The change of the journal that a cursor came with; null for those of snapshots and of marks. */
function lastBefore(follower: Followed, cursor: string): string | null {
  const received = partsOf(follower).flatMap(({ journal }) => journal)
  const [change] = changesIn(received.filter((message) => message.cursor === cursor))
  return change === undefined ? null : keyOf(change)
}
