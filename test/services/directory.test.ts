import { describe, expect, test } from 'vitest'
import { membersStream, userStream } from '../../src/domain/streams.ts'
import { type Vector, vectorAt, vectorOf } from '../../src/domain/token.ts'
import type { Program } from '../../src/ops/program.ts'
import {
  group,
  groupByName,
  groups,
  memberOf,
  user,
  userByEmail,
  userByUsername,
  users,
} from '../../src/services/directory.ts'
import { createGroup } from '../../src/services/groups.ts'
import { setMembership } from '../../src/services/memberships.ts'
import { createUser, deleteUser } from '../../src/services/users.ts'
import { viewer } from '../support/pure.ts'
import { given } from '../support/spec.ts'

const reader = viewer('DIRECTORY_READ')
const writer = viewer('DIRECTORY_WRITE')
const world = () =>
  given(
    () => createUser(writer, { id: 'ann', username: 'Ann', email: 'Ann@Straße.example', name: 'Ann Lee' }),
    () => createUser(writer, { id: 'bob', username: 'bob' }),
    () => createGroup(writer, { id: 'ops', name: 'Öps' }),
    () => setMembership(writer, { groupId: 'ops', userId: 'ann' }, null, null),
  )
const FILTER = {
  status: null,
  email: null,
  usernamePrefix: null,
  groupId: null,
  createdAfter: null,
  updatedAfter: null,
  attribute: null,
}
const page = { first: 10, after: null }

describe('rows', () => {
  test('by id, with where their streams are', () => {
    const spec = world()
    const { value, token } = spec.and(() => user(reader, 'ann', null))
    expect(value).toMatchObject({ id: 'ann', username: 'Ann' })
    expect(token.streams.get(userStream('acme', 'ann'))).toBe(3)
    expect(spec.and(() => group(reader, 'ops', null)).token.streams.get(membersStream('acme', 'ops'))).toBe(1)
  })

  test.each(['ANN', ' ann ', 'ａｎｎ'])('by username, whatever its case: %j', (username) => {
    expect(world().and(() => userByUsername(reader, username, null)).value?.id).toBe('ann')
  })

  test('by email and by group name, folded alike', () => {
    const spec = world()
    expect(spec.and(() => userByEmail(reader, 'ann@STRASSE.example', null)).value?.id).toBe('ann')
    expect(spec.and(() => groupByName(reader, 'O\u0308PS', null)).value?.id).toBe('ops')
  })

  test('an absence speaks for the position that the views have reached', () => {
    const spec = world()
    const absent = { value: null, token: vectorAt(spec.world.log.events.length) }
    expect(spec.and(() => user(reader, 'none', null))).toEqual(absent)
    expect(spec.and(() => userByUsername(reader, 'none', null))).toEqual(absent)
    expect(spec.and(() => userByEmail(reader, 'none', null))).toEqual(absent)
    expect(spec.and(() => group(reader, 'none', null))).toEqual(absent)
    expect(spec.and(() => groupByName(reader, 'none', null))).toEqual(absent)
  })
})

describe('lists', () => {
  test('hold what the filter and the search let through, and a position', () => {
    const spec = world()
    const found = (search: string | null, filter = {}) =>
      spec
        .and(() => users(reader, { search, filter: { ...FILTER, ...filter }, order: 'USERNAME', page }, null))
        .value.rows.map(({ id }) => id)
    expect(found(null)).toEqual(['ann', 'bob'])
    expect(found('strasse')).toEqual(['ann'])
    expect(found(null, { groupId: 'ops' })).toEqual(['ann'])
    spec.and(() => deleteUser(writer, 'ann', null))
    expect([found(null), found(null, { status: 'DELETED' })]).toEqual([['bob'], ['ann']])
    const filter = { parentId: null, userId: null, namePrefix: null }
    const { value, token } = spec.and(() => groups(reader, { search: null, filter, page }, null))
    expect(value.rows).toHaveLength(1)
    expect(token).toEqual(vectorAt(spec.world.log.events.length))
  })
})

describe('whoever holds a token', () => {
  const reads: Record<string, (seen: Vector) => Program<unknown>> = {
    user: (seen) => user(reader, 'ann', seen),
    userByUsername: (seen) => userByUsername(reader, 'ann', seen),
    userByEmail: (seen) => userByEmail(reader, 'ann', seen),
    group: (seen) => group(reader, 'ops', seen),
    groupByName: (seen) => groupByName(reader, 'ops', seen),
    memberOf: (seen) => memberOf(reader, { groupId: 'ops', userId: 'bob', transitive: false }, seen),
    users: (seen) => users(reader, { search: null, filter: FILTER, order: 'NAME', page }, seen),
    groups: (seen) =>
      groups(
        reader,
        { search: null, filter: { parentId: null, userId: null, namePrefix: null }, page },
        seen,
      ),
  }

  test.each(Object.entries(reads))('%s: sees it, or is told that the views are behind', (_, read) => {
    const spec = world()
    spec.world.holdViews()
    const late = spec.world.run(() => setMembership(writer, { groupId: 'ops', userId: 'bob' }, null, null))
    expect(late).toMatchObject({ error: { code: 'VIEW_BEHIND' } })
    const seen = vectorOf([membersStream('acme', 'ops'), 2])
    const details = spec.when(() => read(seen)).fails('VIEW_BEHIND')
    expect(details).toMatchObject({
      committed: false,
      wanted: seen,
      has: { streams: vectorOf([membersStream('acme', 'ops'), 1]).streams },
    })
    spec.when(() => read(vectorAt(spec.world.log.events.length))).fails('VIEW_BEHIND')
    spec.when(() => read(vectorAt(spec.world.log.events.length - 1))).succeeds()
    spec.world.releaseViews()
    spec.when(() => read(seen)).succeeds()
  })

  test('story: create A, create B, put A into B, and a query with the last token sees it', () => {
    const spec = given()
    const a = spec.and(() => createUser(writer, { username: 'a' }))
    const b = spec.and(() => createGroup(writer, { name: 'b' }))
    const place = { groupId: b.group.id, userId: a.user.id }
    const { token } = spec.and(() => setMembership(writer, place, a.token, null))
    expect(spec.and(() => memberOf(reader, { ...place, transitive: true }, token)).value).toBe(true)
  })
})
