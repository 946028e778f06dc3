import type { FollowerKind } from './LiveFollower.ts'

const EVERYTHING: FollowerKind = {
  name: 'everything',
  start: 'cursor',
  filter: {},
  mayAudit: true,
  polls: null,
  wanders: false,
  pauseMs: 0,
  leavesAfter: Number.POSITIVE_INFINITY,
}

const some = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`)

/** Who follows from the beginning. */
export const FOLLOWERS: readonly FollowerKind[] = [
  EVERYTHING,
  { ...EVERYTHING, name: 'everything, slowly', pauseMs: 2 },
  { ...EVERYTHING, name: 'everything, from node to node', wanders: true, leavesAfter: 60 },
  { ...EVERYTHING, name: 'without audit', mayAudit: false },
  { ...EVERYTHING, name: 'some users', filter: { userIds: some('u', 30) } },
  { ...EVERYTHING, name: 'some groups', filter: { groupIds: some('g', 60) } },
  { ...EVERYTHING, name: 'memberships and statuses', filter: { events: ['SetMembership', 'SetUserStatus'] } },
  { ...EVERYTHING, name: 'polls', polls: 13 },
  {
    ...EVERYTHING,
    name: 'polls for keys, from node to node',
    filter: { events: ['SetApiKey'] },
    polls: 100,
    wanders: true,
  },
]

/** Who comes while others write. */
export const NEWCOMERS: readonly FollowerKind[] = [
  { ...EVERYTHING, name: 'from a snapshot', start: 'snapshot' },
  { ...EVERYTHING, name: 'from a snapshot, slowly', start: 'snapshot', pauseMs: 1, leavesAfter: 110 },
  { ...EVERYTHING, name: 'from a snapshot, bit by bit', start: 'snapshot', wanders: true, leavesAfter: 45 },
  { ...EVERYTHING, name: 'from now on', start: 'now' },
  { ...EVERYTHING, name: 'memberships from now on', start: 'now', filter: { events: ['SetMembership'] } },
]
