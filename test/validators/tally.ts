import type { History } from './history.ts'

/** What a history is made of, in a line: one that nothing happened in proves nothing. */
export function tally({ writes, followers, replays, observations, journals }: History): string {
  const outcomes = Object.entries(Object.groupBy(writes, ({ outcome }) => outcome)).map(
    ([outcome, those]) => `${those.length} ${outcome}`,
  )
  const connections = followers.flatMap((follower) => follower.connections)
  const received = connections.reduce((sum, connection) => sum + connection.received.length, 0)
  return [
    `${writes.length} writes (${outcomes.join(', ')}; ${writes.filter(({ attempts }) => attempts > 1).length} attempted again)`,
    `${Object.values(journals)[0]?.length ?? 0} changes`,
    `${received} messages to ${followers.length} followers over ${connections.length} connections`,
    `${observations.length} looks`,
    `${replays.length} replays`,
  ].join('; ')
}
