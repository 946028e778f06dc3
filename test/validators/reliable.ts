import { type Followed, type History, keyOf } from './history.ts'
import { followedBy, isFor, Journal } from './Journal.ts'

/** By the quiet point a follower has every change of the journal after its start that passes its filter, and no other. */
export function reliable(history: History): string[] {
  const journal = new Journal(history)
  return history.followers.flatMap((follower) => [...missing(journal, follower), ...uncalledFor(follower)])
}

function missing(journal: Journal, follower: Followed): string[] {
  const start = journal.startOf(follower)
  if (start === null) return [`${follower.name} was never told where it starts`]
  const received = new Set(followedBy(follower).map(keyOf))
  return journal
    .for(follower, start)
    .map(keyOf)
    .filter((key) => !received.has(key))
    .map((key) => `${follower.name} was never told of ${key}`)
}

const uncalledFor = (follower: Followed): string[] =>
  follower.connections.flatMap(({ received }) =>
    received.flatMap(({ change }) =>
      change === null || isFor(follower, change)
        ? []
        : [`${follower.name} was told of ${keyOf(change)}, which is not for it`],
    ),
  )
