import { describe, expect, test } from 'vitest'
import type { SetMembership } from '../../src/domain/events.ts'
import type { MembershipRole } from '../../src/domain/membership.ts'
import { groupStream, membersStream, userStream } from '../../src/domain/streams.ts'
import { vectorOf } from '../../src/domain/token.ts'
import { memberOf } from '../../src/services/directory.ts'
import { createGroup, deleteGroup } from '../../src/services/groups.ts'
import {
  type MembershipInput,
  removeMembership,
  setMembership,
  setMemberships,
} from '../../src/services/memberships.ts'
import { createUser, deleteUser } from '../../src/services/users.ts'
import { viewer } from '../support/pure.ts'
import { type Given, given } from '../support/spec.ts'

const writer = viewer('DIRECTORY_WRITE')
const user = (id: string) => () => createUser(writer, { id, username: id })
const group = (id: string, parentId?: string) => () => createGroup(writer, { id, name: id, parentId })
const put = (groupId: string, userId: string, role?: MembershipRole | null) => () =>
  setMembership(writer, { groupId, userId, role }, null, null)
const take = (groupId: string, userId: string) => () => removeMembership(writer, { groupId, userId }, null)
const event = (groupId: string, userId: string, role: MembershipRole | null): SetMembership => ({
  type: 'SetMembership',
  groupId,
  userId,
  role,
})
const staff = () => given(user('ann'), user('bob'), group('ops'), group('dev'))
const members = membersStream('acme', 'ops')
const isIn = (world: Given, groupId: string, userId: string, transitive = true) =>
  world.and(() => memberOf(writer, { groupId, userId, transitive }, null)).value

describe('setMembership', () => {
  test.each([undefined, 'MEMBER', 'MAINTAINER'] as const)('puts a user into a group as %s', (role) => {
    const { membership, token } = staff()
      .when(put('ops', 'ann', role))
      .writes(event('ops', 'ann', role ?? 'MEMBER'))
    expect(membership).toMatchObject({ groupId: 'ops', userId: 'ann', role: role ?? 'MEMBER' })
    expect(token).toEqual(vectorOf([members, 1]))
  })

  test('changes the role, and writes nothing where it is so already', () => {
    const world = staff()
    const { membership } = world.and(put('ops', 'ann'))
    world.when(put('ops', 'ann')).writes()
    const changed = world.when(put('ops', 'ann', 'MAINTAINER')).writes(event('ops', 'ann', 'MAINTAINER'))
    expect(changed.membership).toMatchObject({ role: 'MAINTAINER', since: membership?.since })
  })

  test('takes null for no role, and leaves who has one with it', () => {
    const world = staff()
    world.and(put('ops', 'ann', 'MAINTAINER'))
    const wanted = /^role: must be MEMBER or MAINTAINER: use removeMembership .* but was null/
    world.when(put('ops', 'ann', null)).fails('BAD_USER_INPUT', wanted)
    const several = [
      { groupId: 'dev', userId: 'ann' },
      { groupId: 'ops', userId: 'ann', role: null },
    ]
    world
      .when(() => setMemberships(writer, several, null))
      .fails('BAD_USER_INPUT', /^input\[1\]\.role: must be/)
    world.when(put('ops', 'ann', 'MAINTAINER')).writes()
  })

  test('does not trust views that are behind the log', () => {
    const world = staff()
    world.and(put('ops', 'ann'))
    world.world.holdViews()
    expect(world.world.run(take('ops', 'ann'))).toMatchObject({ error: { code: 'VIEW_BEHIND' } })
    // The views still show the membership: that must not be taken for "so already".
    expect(world.world.run(put('ops', 'ann'))).toMatchObject({ error: { code: 'VIEW_BEHIND' } })
    world.world.releaseViews()
    expect(isIn(world, 'ops', 'ann')).toBe(true)
  })

  test('names the group or the user that is not there, or no more', () => {
    const world = staff()
    world.when(put('none', 'ann')).fails('NOT_FOUND', /^groupId: there is no group "none"/)
    world.when(put('ops', 'none')).fails('NOT_FOUND', /^userId: there is no user "none"/)
    world.when(put('ann', 'ops')).fails('NOT_FOUND', /^groupId/)
    world.and(() => deleteUser(writer, 'ann', null))
    world.and(() => deleteGroup(writer, 'ops', null))
    world.when(put('dev', 'ann')).fails('NOT_FOUND', /^userId: there is no user "ann"/)
    world.when(put('ops', 'bob')).fails('NOT_FOUND', /^groupId: there is no group "ops"/)
    world.when(take('dev', 'ann')).fails('NOT_FOUND')
  })

  test('needs no views to know what was just created, and waits for those that the caller has seen', () => {
    const world = staff()
    world.world.holdViews()
    world.world.run(user('eve'))
    const seen = vectorOf([userStream('acme', 'eve'), 2])
    world
      .when(() => setMembership(writer, { groupId: 'ops', userId: 'eve' }, seen, null))
      .fails('VIEW_BEHIND')
    world.world.releaseViews()
    world.when(() => setMembership(writer, { groupId: 'ops', userId: 'eve' }, seen, null)).succeeds()
  })

  test('ifMatch is about the group’s members', () => {
    const world = staff()
    const at = (seq: number) => vectorOf([members, seq])
    const put = (seq: number) => () => setMembership(writer, { groupId: 'ops', userId: 'ann' }, null, at(seq))
    world.when(put(1)).fails('STALE_TOKEN')
    world.when(put(0)).succeeds()
    expect(world.when(put(0)).fails('STALE_TOKEN').current).toEqual(at(1))
    const onGroup = vectorOf([groupStream('acme', 'ops'), 2])
    world
      .when(() => setMembership(writer, { groupId: 'ops', userId: 'bob' }, null, onGroup))
      .fails('STALE_TOKEN')
    world.when(() => removeMembership(writer, { groupId: 'ops', userId: 'ann' }, at(0))).fails('STALE_TOKEN')
    world.when(() => removeMembership(writer, { groupId: 'ops', userId: 'ann' }, at(1))).succeeds()
  })

  test('two writers of one group both get in', () => {
    const spec = staff()
    spec.world.beforeNextCommit(() => spec.and(put('ops', 'bob')))
    spec.and(put('ops', 'ann'))
    expect([isIn(spec, 'ops', 'ann'), isIn(spec, 'ops', 'bob'), spec.world.retries]).toEqual([true, true, 1])
  })
})

describe('removeMembership', () => {
  test('takes the user out', () => {
    const world = staff()
    world.and(put('ops', 'ann'))
    const { membership, token } = world.when(take('ops', 'ann')).writes(event('ops', 'ann', null))
    expect(membership).toBeNull()
    expect(token).toEqual(vectorOf([members, 2]))
  })

  test('of one who is not in it, writes nothing', () => {
    expect(staff().when(take('ops', 'ann')).writes()).toEqual({
      membership: null,
      token: vectorOf([members, 0]),
    })
  })

  test('joining again starts a new membership', () => {
    const world = staff()
    const first = world.and(put('ops', 'ann')).membership
    world.and(take('ops', 'ann'))
    expect(world.and(put('ops', 'ann')).membership?.since).not.toBe(first?.since)
  })
})

describe('setMemberships', () => {
  const all =
    (...input: MembershipInput[]) =>
    () =>
      setMemberships(writer, input, null)

  test('writes all of them in one commit, each group’s in order', () => {
    const { memberships, token } = staff()
      .when(
        all(
          { groupId: 'ops', userId: 'ann' },
          { groupId: 'dev', userId: 'bob' },
          { groupId: 'ops', userId: 'bob' },
        ),
      )
      .writes(event('ops', 'ann', 'MEMBER'), event('ops', 'bob', 'MEMBER'), event('dev', 'bob', 'MEMBER'))
    expect(memberships).toHaveLength(3)
    expect(token).toEqual(vectorOf([members, 2], [membersStream('acme', 'dev'), 1]))
  })

  test('all or none', () => {
    staff()
      .when(all({ groupId: 'ops', userId: 'ann' }, { groupId: 'dev', userId: 'none' }))
      .fails('NOT_FOUND', /^input\[1\].userId: there is no user "none"/)
    staff()
      .when(all({ groupId: 'ops', userId: 'ann' }, { groupId: 'none', userId: 'none' }))
      .fails('NOT_FOUND', /^input\[1\].groupId: there is no group "none"/)
  })

  test('of two for the same place the last one holds', () => {
    const world = staff()
    world.and(all({ groupId: 'ops', userId: 'ann', role: 'MAINTAINER' }, { groupId: 'ops', userId: 'ann' }))
    expect(world.and(put('ops', 'ann')).membership?.role).toBe('MEMBER')
  })

  test('takes what one commit can hold with an idempotency record, and not one more', () => {
    const world = given(group('ops'), group('dev'))
    for (let n = 0; n < 99; n++) world.and(user(`u${n}`))
    const many = (n: number) => Array.from({ length: n }, (_, i) => ({ groupId: 'ops', userId: `u${i}` }))
    world.when(all()).fails('BAD_USER_INPUT', /^input: must hold 1 to 99 .*but was 0/)
    world.when(all(...many(99))).fails('BAD_USER_INPUT', /^input: .*but was 100/)
    world.when(all(...many(97), { groupId: 'dev', userId: 'u0' })).fails('BAD_USER_INPUT')
    expect(world.when(all(...many(98)), { idempotencyKey: 'k' }).succeeds().memberships).toHaveLength(98)
  })
})

describe('who is seen as a member', () => {
  const nested = () =>
    given(user('ann'), group('top'), group('mid', 'top'), group('low', 'mid'), put('low', 'ann'))

  test('members of groups below, where asked for', () => {
    const world = nested()
    expect([
      isIn(world, 'top', 'ann'),
      isIn(world, 'top', 'ann', false),
      isIn(world, 'low', 'ann', false),
    ]).toEqual([true, false, true])
  })

  test('nobody below a deleted group', () => {
    const world = nested()
    world.and(() => deleteGroup(writer, 'mid', null))
    expect([isIn(world, 'top', 'ann'), isIn(world, 'low', 'ann')]).toEqual([false, true])
  })

  test('no deleted user', () => {
    const world = nested()
    world.and(() => deleteUser(writer, 'ann', null))
    expect(isIn(world, 'low', 'ann')).toBe(false)
  })
})
