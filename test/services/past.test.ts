import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../src/domain/events.ts'
import type { Vector } from '../../src/domain/token.ts'
import type { Program } from '../../src/ops/program.ts'
import { perform } from '../../src/ops/program.ts'
import {
  countMembers,
  getGroup,
  getPosition,
  getUser,
  listApiKeys,
  listChildren,
  listMembers,
  listMemberships,
  type PageArgs,
} from '../../src/ops/query.ts'
import type { GroupRow, MembershipRow, Page, UserRow } from '../../src/ops/rows.ts'
import { createApiKey } from '../../src/services/apiKeys.ts'
import type { Read } from '../../src/services/directory.ts'
import { groupHistory, userHistory } from '../../src/services/history.ts'
import * as past from '../../src/services/past.ts'
import * as pastMemberships from '../../src/services/pastMemberships.ts'
import { groupVector, membershipVector } from '../../src/services/rows.ts'
import { createUser, deleteUser, updateUser } from '../../src/services/users.ts'
import { type Command, command, commandOf } from '../support/directoryCommands.ts'
import { operator, PureWorld, viewer } from '../support/pure.ts'

const TENANT = 'acme'
const USERS = ['u1', 'u2', 'u3', 'x']
const GROUPS = ['g1', 'g2', 'g3', 'g4', 'x']
const ALL: PageArgs = { first: 100, after: null }

function ask<A>(world: PureWorld, program: () => Program<A>): A {
  const result = world.run(program)
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

const placeOf = ({ groupId, userId, role, since }: Omit<MembershipRow, 'seq'>) => ({
  groupId,
  userId,
  role,
  since,
})
const groupOf = ({
  id,
  name,
  description,
  createdAt,
  updatedAt,
}: Omit<GroupRow, 'memberCount' | 'seqs'>) => ({
  id,
  name,
  description,
  createdAt,
  updatedAt,
})
const rowsOf = <Row, Shown>({ rows }: Page<Row>, show: (row: Row) => Shown): Shown[] => rows.map(show)

/** All that the present API shows, now. */
function* present(): Program<unknown> {
  const users: unknown[] = []
  for (const id of USERS) {
    const user = yield* perform(getUser(id))
    if (user === null) continue
    const direct = rowsOf(yield* perform(listMemberships(id, false, ALL)), placeOf)
    const above = rowsOf(yield* perform(listMemberships(id, true, ALL)), placeOf)
    users.push({ ...user, direct, above, keys: yield* perform(listApiKeys(id)) })
  }
  const groups: unknown[] = []
  for (const id of GROUPS) {
    const group = yield* perform(getGroup(id))
    if (group === null) continue
    const members = yield* perform(listMembers(id, false, ALL))
    groups.push({
      ...groupOf(group),
      vector: said(groupVector(TENANT, group)),
      parent: group.parentId,
      memberCount: group.memberCount,
      children: rowsOf(yield* perform(listChildren(id, ALL)), groupOf),
      members: rowsOf(members, placeOf),
      below: rowsOf(yield* perform(listMembers(id, true, ALL)), ({ userId }) => userId),
      countBelow: yield* perform(countMembers(id)),
      ofMembers: members.rows[0] ? membershipVector(TENANT, members.rows[0]) : null,
    })
  }
  return { users, groups }
}

/** The same, as of a time. */
function* asOf(time: string): Program<unknown> {
  const users: unknown[] = []
  for (const id of USERS) {
    const { value: user } = yield* past.user(operator, id, time)
    if (user === null) continue
    const direct = yield* pastMemberships.memberships(TENANT, user, false, ALL)
    const above = yield* pastMemberships.memberships(TENANT, user, true, ALL)
    const { asOf: _asOf, ...row } = user
    const { value: keys } = yield* past.apiKeys(TENANT, user)
    users.push({ ...row, direct: rowsOf(direct.value, placeOf), above: rowsOf(above.value, placeOf), keys })
  }
  const groups: unknown[] = []
  for (const id of GROUPS) {
    const { value: group } = yield* past.group(operator, id, time)
    if (group === null) continue
    const parent = group.parentId === null ? null : yield* past.groupAt(TENANT, group.parentId, time)
    const { value: members } = yield* pastMemberships.members(TENANT, group, false, ALL)
    const { value: below } = yield* pastMemberships.members(TENANT, group, true, ALL)
    groups.push({
      ...groupOf(group),
      vector: said(yield* past.groupVectorAt(TENANT, group)),
      parent: parent?.id ?? null,
      memberCount: (yield* pastMemberships.memberCount(TENANT, group, false)).value,
      children: rowsOf((yield* past.children(TENANT, group, ALL)).value, groupOf),
      members: rowsOf(members, placeOf),
      below: rowsOf(below, ({ userId }) => userId),
      countBelow: (yield* pastMemberships.memberCount(TENANT, group, true)).value,
      ofMembers: members.rows[0] ? yield* past.membersVectorAt(TENANT, id, time) : null,
    })
  }
  return { users, groups }
}

const said = ({ streams, position }: Vector): Vector => ({ streams, position })

/** A key now and then, so that keys have a past too. */
const step = fc.oneof(
  { weight: 8, arbitrary: command },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('addKey' as const), id: fc.constantFrom(...USERS) }) },
)

const programOf = (each: Command | { op: 'addKey'; id: string }): Program<unknown> =>
  each.op === 'addKey'
    ? createApiKey(operator, { userId: each.id, label: 'k', scopes: ['ADMIN'] })
    : commandOf(each)

test('at every time the past is what the present was', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 50 }), (steps) => {
      const world = new PureWorld()
      const moments: { time: string; state: unknown }[] = []
      for (const each of steps) {
        world.run(() => programOf(each))
        const time = world.log.events.at(-1)?.meta.at ?? '2025-01-01T00:00:00.000Z'
        moments.push({ time, state: ask(world, present) })
      }
      for (const { time, state } of moments) expect(ask(world, () => asOf(time))).toEqual(state)
    }),
    { numRuns: 100 },
  )
})

test('an event belongs to its own millisecond, and a time to come is refused', () => {
  const world = new PureWorld()
  ask(world, () => createUser(operator, { id: 'u1', username: 'ann' }))
  ask(world, () => updateUser(operator, 'u1', { username: 'eve' }, null))
  const [created, renamed] = ['ann', 'eve'].map(
    (name) =>
      world.log.events.find(({ event }) => event.type === 'SetUsername' && event.username === name)?.meta
        .at ?? '',
  ) as [string, string]
  const before = (time: string) => new Date(Date.parse(time) - 1).toISOString()
  const nameAt = (time: string) => ask(world, () => past.user(operator, 'u1', time)).value?.username
  expect([before(created), created, before(renamed), renamed].map(nameAt)).toEqual([
    undefined,
    'ann',
    'ann',
    'eve',
  ])
  const tomorrow = world.run(() => past.user(operator, 'u1', '2126-01-01T00:00:00.000Z'))
  expect(tomorrow).toMatchObject({ error: { code: 'BAD_USER_INPUT', details: { field: 'asOf' } } })
  const late = world.run(() => past.group(operator, 'g1', '2126-01-01T00:00:00.000Z'))
  expect(late).toMatchObject({ error: { code: 'BAD_USER_INPUT' } })
})

test('the past needs DIRECTORY_READ, and what was deleted is there up to its end', () => {
  const world = new PureWorld()
  ask(world, () => createUser(operator, { id: 'u1', username: 'ann' }))
  const alive = world.log.events.at(-1)?.meta.at ?? ''
  ask(world, () => deleteUser(operator, 'u1', null))
  const deleted = world.log.events.at(-1)?.meta.at ?? ''
  const statusAt = (time: string): UserRow['status'] | undefined =>
    ask(world, () => past.user(viewer('DIRECTORY_READ'), 'u1', time)).value?.status
  expect([alive, deleted].map(statusAt)).toEqual(['ACTIVE', 'DELETED'])
  expect(world.run(() => past.user(viewer('AUDIT_READ'), 'u1', alive))).toMatchObject({
    error: { code: 'FORBIDDEN' },
  })
})

/** Every page of a history, one after the other. */
function historyIn(world: PureWorld, first: number, program: typeof userHistory, id: string): unknown[] {
  const places: string[] = []
  let after: PageArgs['after'] = null
  do {
    const { value }: Read<Page<RecordedEvent>> = ask(world, () => program(operator, id, { first, after }))
    places.push(...value.rows.map(({ stream, seq }) => `${stream} ${seq}`))
    after = value.hasNextPage ? (value.cursors.at(-1) ?? null) : null
  } while (after !== null)
  return places
}

test('a history is every event of its entity in the order of the log, whatever the page, as far as views are', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 40 }), fc.nat(30), (steps, held) => {
      const world = new PureWorld()
      for (const [i, each] of steps.entries()) {
        world.run(() => programOf(each))
        if (i === held) world.holdViews()
      }
      const visible = ask(world, function* () {
        return yield* perform(getPosition)
      })
      const told = (is: (recorded: RecordedEvent) => boolean) =>
        world.log.events
          .slice(0, visible)
          .filter(is)
          .map(({ stream, seq }) => `${stream} ${seq}`)
      for (const first of [1, 2, 3, 50]) {
        for (const id of USERS) {
          const ofUser = told(({ event }) => 'userId' in event && event.userId === id)
          expect(historyIn(world, first, userHistory, id)).toEqual(ofUser)
        }
        for (const id of GROUPS) {
          const ofGroup = told(({ event }) => 'groupId' in event && event.groupId === id)
          expect(historyIn(world, first, groupHistory, id)).toEqual(ofGroup)
        }
      }
    }),
    { numRuns: 50 },
  )
})

test('a history needs AUDIT_READ', () => {
  const world = new PureWorld()
  const page = { first: 1, after: null }
  for (const program of [userHistory, groupHistory]) {
    const refused = world.run(() => program(viewer('DIRECTORY_READ', 'DIRECTORY_WRITE'), 'u1', page))
    expect(refused).toMatchObject({ error: { code: 'FORBIDDEN' } })
  }
})
