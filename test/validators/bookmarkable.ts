import { type Followed, type History, keyOf, type Replay } from './history.ts'
import { Journal } from './Journal.ts'

/**
 * A mark (CAUGHT_UP, BOOKMARK) says truly where a follower stands: what it was told before the mark a replay from there does not tell,
 * and whatever came after the mark it does.
 */
export function bookmarkable(history: History): string[] {
  const journal = new Journal(history)
  return history.replays.flatMap((replay) => {
    const follower = history.followers.find(({ name }) => name === replay.follower)
    return follower === undefined || replay.refusal !== null ? [] : faultsIn(journal, follower, replay)
  })
}

function faultsIn(journal: Journal, follower: Followed, replay: Replay): string[] {
  const received = follower.connections.flatMap((connection) => connection.received)
  const mark = received.findIndex(({ kind, cursor }) => kind !== 'CHANGE' && cursor === replay.cursor)
  if (mark < 0) return []
  const rest = new Set(replay.rest.map(keyOf))
  return received.flatMap(({ change }, i) => {
    // What is newer than the replay is not in it.
    if (change === null || (journal.placeOf(change) ?? replay.journal) >= replay.journal) return []
    if (rest.has(keyOf(change)) === i > mark) return []
    const came = i > mark ? 'after it, and stands before it' : 'before it, and stands after it'
    return [`${follower.name}, the mark ${replay.cursor}: ${keyOf(change)} came ${came}`]
  })
}
