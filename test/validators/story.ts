import { DirectoryCopy } from '../support/DirectoryCopy.ts'
import type { Change, Connection, Followed, History, Received, Told, Write } from './history.ts'

const change = (cause: string, stream: string, seq: number, event: Told): Change => ({
  stream: `t/${stream}`,
  seq,
  cause,
  event,
})
const username = (userId: string, name: string): Told => ({
  __typename: 'SetUsername',
  userId,
  username: name,
})
const status = (userId: string, is: string): Told => ({ __typename: 'SetUserStatus', userId, status: is })
const userName = (userId: string, name: string): Told => ({ __typename: 'SetUserName', userId, name })
const groupName = (groupId: string, name: string): Told => ({
  __typename: 'SetGroupName',
  groupId,
  groupName: name,
})
const member = (userId: string, role: string | null): Told => ({
  __typename: 'SetMembership',
  groupId: 'g',
  userId,
  role,
})

/** Ann and Bob come, a group is made, both join it, Ann is renamed twice, Bob goes. */
export const JOURNAL: readonly Change[] = [
  change('w0', 'user/ann', 1, username('ann', 'ann')),
  change('w0', 'user/ann', 2, status('ann', 'ACTIVE')),
  change('w1', 'user/bob', 1, username('bob', 'bob')),
  change('w1', 'user/bob', 2, status('bob', 'ACTIVE')),
  change('w2', 'group/g', 1, groupName('g', 'crew')),
  change('w3', 'group/g/members', 1, member('ann', 'MEMBER')),
  change('w3', 'group/g/members', 2, member('bob', 'MEMBER')),
  change('w4', 'user/ann/profile', 1, userName('ann', 'Ann')),
  change('w5', 'user/ann/profile', 2, userName('ann', 'Anna')),
  change('w6', 'user/bob', 3, status('bob', 'DELETED')),
]

/** Acknowledged one after the other; w5 was attempted twice and made on condition that w4 was the last. */
const WRITES: readonly Write[] = [...Map.groupBy(JOURNAL, ({ cause }) => cause)].map(([cause, own], i) => ({
  id: cause ?? '',
  op: 'write',
  calledAt: i * 10,
  answeredAt: i * 10 + 5,
  outcome: 'acknowledged',
  code: null,
  attempts: cause === 'w5' ? 2 : 1,
  sets: own.map(({ event }) => event),
  vector: Object.fromEntries(own.map(({ stream, seq }) => [stream, seq])),
  ifMatch: cause === 'w5' ? { 't/user/ann/profile': 1 } : null,
}))

/** The cursor after so many changes of the journal. */
export const at = (place: number): string => `cursor${place}`
export const told = (place: number): Received => ({
  kind: 'CHANGE',
  cursor: at(place + 1),
  change: JOURNAL[place] ?? null,
  at: 0,
})
export const mark = (kind: 'CAUGHT_UP' | 'BOOKMARK', place: number): Received => ({
  kind,
  cursor: at(place),
  change: null,
  at: 0,
})
export const connection = (after: string | null, received: readonly Received[]): Connection => ({
  node: 'one',
  after,
  received,
  refusal: null,
})

const followed = (name: string, rest: Partial<Followed>): Followed => ({
  name,
  filter: {},
  mayAudit: true,
  start: 'cursor',
  connections: [],
  ...rest,
})

/** Cut off once; from its first cursor, its bookmark and its last one others were told the rest. */
export const WHOLE = followed('whole', {
  connections: [
    connection(at(0), [0, 1, 2].map(told)),
    connection(at(3), [
      ...[3, 4].map(told),
      mark('CAUGHT_UP', 5),
      ...[5, 6].map(told),
      mark('BOOKMARK', 7),
      ...[7, 8, 9].map(told),
    ]),
  ],
})
const ONLY_ANN = followed('only ann', {
  filter: { userIds: ['ann'] },
  connections: [connection(at(0), [0, 1, 5, 7, 8].map(told))],
})
/** Begins when all but the last two changes had been made. */
const FROM_SNAPSHOT = followed('from a snapshot', {
  start: 'snapshot',
  connections: [
    connection(null, [4, 5, 6].map(told)),
    connection('within', [...[6, 0, 1, 2, 3, 7].map(told), mark('CAUGHT_UP', 8), ...[8, 9].map(told)]),
  ],
})

const replay = (follower: string, place: number, rest = JOURNAL.slice(place)) => ({
  follower,
  cursor: at(place),
  journal: JOURNAL.length,
  rest,
  refusal: null,
})

function directory() {
  const copy = new DirectoryCopy()
  for (const each of JOURNAL) copy.apply(each)
  return copy.state()
}

/** A history that keeps every promise, or with something in it changed. */
export const story = (changed: Partial<History> = {}): History => ({
  totalOrder: true,
  writes: WRITES,
  followers: [WHOLE, ONLY_ANN, FROM_SNAPSHOT],
  replays: [
    replay('whole', 0),
    replay('whole', 4),
    replay('whole', 7),
    replay(
      'only ann',
      0,
      JOURNAL.filter(({ event }) => event.userId === 'ann'),
    ),
    replay('from a snapshot', 8),
  ],
  observations: [
    { node: 'one', why: 'told', wanted: { 't/user/ann/profile': 1 }, seen: { 't/user/ann/profile': 2 } },
  ],
  unexcused: [],
  journals: { one: JOURNAL, two: JOURNAL },
  directories: { one: directory(), two: directory() },
  ...changed,
})

/** The story with one write told otherwise. */
export const withWrite = (id: string, changed: Partial<Write>): History =>
  story({ writes: WRITES.map((write) => (write.id === id ? { ...write, ...changed } : write)) })

/** The story with the follower who is told of everything told otherwise. */
export const withWhole = (...connections: readonly Connection[]): History =>
  story({ followers: [{ ...WHOLE, connections }] })

/** The story with another journal, which no follower was told of. */
export const withJournal = (...changes: readonly Change[]): History =>
  story({ followers: [], replays: [], journals: { one: changes, two: changes } })

/** The story with one replay told otherwise. */
export const withReplay = (place: number, rest: readonly Change[], refusal: string | null = null): History =>
  story({
    replays: [
      ...story().replays.filter(({ cursor }) => cursor !== at(place)),
      { ...replay('whole', place, [...rest]), refusal },
    ],
  })
