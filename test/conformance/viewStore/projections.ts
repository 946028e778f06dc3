import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Event } from '../../../src/domain/events.ts'
import { TENANTS_STREAM } from '../../../src/domain/streams.ts'
import { fold } from '../../../src/domain/text.ts'
import { countMembers, getMembership, listApiKeys } from '../../../src/ops/query.ts'
import {
  apiKey,
  attributes,
  deleteGroup,
  description,
  email,
  fullName,
  groupName,
  membership,
  parent,
  status,
  username,
} from './events.ts'
import { Asker, ids } from './queries.ts'
import { at, freshTenant, Scribe } from './Scribe.ts'
import type { OpenWorld, ViewWorld } from './world.ts'

/** What each event does to the rows. */
export function projectionTests(open: OpenWorld): void {
  describe('projections', () => {
    let world: ViewWorld
    let scribe: Scribe
    let ask: Asker
    beforeAll(async () => {
      world = await open()
    })
    beforeEach(() => {
      scribe = new Scribe(freshTenant())
      ask = new Asker(world.reader, scribe.tenant)
    })
    afterAll(() => world.close())

    /** One batch an event, so that what a batch remembers does not stand in for what the store does. */
    const happen = async (...events: readonly Event[]) => {
      for (const event of scribe.record(...events)) await world.writer.apply([event])
    }

    test('a user row', async () => {
      await happen(
        username('u', 'Ann'),
        email('u', 'Ann@Example.org'),
        fullName('u', 'Ann Oh'),
        attributes('u', { team: 'red', nested: { deep: [1, null] } }),
        apiKey('u', 'k'),
      )
      expect(await ask.user('u')).toEqual({
        id: 'u',
        username: 'Ann',
        email: 'Ann@Example.org',
        name: 'Ann Oh',
        status: 'ACTIVE',
        attributes: { team: 'red', nested: { deep: [1, null] } },
        createdAt: at(0),
        updatedAt: at(3),
        seqs: { user: 2, profile: 2, keys: 1 },
      })
      expect(await ask.byUsername('ann')).toMatchObject({ id: 'u' })
      expect(await ask.byEmail('ann@example.org')).toMatchObject({ id: 'u' })
      await happen(email('u', null), fullName('u', null), username('u', 'Bea'))
      expect(await ask.user('u')).toMatchObject({ username: 'Bea', email: null, name: null })
      expect(await ask.byUsername('ann')).toBeNull()
      expect(await ask.byEmail('ann@example.org')).toBeNull()
      expect(await ask.byEmail('')).toBeNull()
    })

    test('a user is there once it has its username', async () => {
      await happen(fullName('u', 'Ann'), membership('g', 'u'))
      expect(await ask.user('u')).toBeNull()
      expect(ids(await ask.users())).toEqual([])
      expect(ids(await ask.users({ search: 'ann' }))).toEqual([])
      await happen(username('u', 'ann'))
      expect(await ask.user('u')).toMatchObject({ name: 'Ann', createdAt: at(2), updatedAt: at(2) })
      expect(ids(await ask.users({ search: 'ann' }))).toEqual(['u'])
    })

    test('a deleted user is found by id, and in the list of the deleted, and nowhere else', async () => {
      await happen(username('u', 'ann'), email('u', 'a@x'), membership('g', 'u'), status('u', 'DELETED'))
      expect(await ask.user('u')).toMatchObject({ status: 'DELETED', username: 'ann', updatedAt: at(3) })
      expect([await ask.byUsername('ann'), await ask.byEmail('a@x')]).toEqual([null, null])
      expect(ids(await ask.users())).toEqual([])
      expect(ids(await ask.users({ search: 'ann' }))).toEqual([])
      expect(ids(await ask.users({ filter: { status: 'DELETED' } }))).toEqual(['u'])
      expect(ids(await ask.users({ search: 'nn', filter: { status: 'DELETED' } }))).toEqual(['u'])
      expect((await ask.members('g')).rows).toEqual([])
    })

    test('nothing comes back after a deletion', async () => {
      await happen(username('u', 'ann'), status('u', 'DELETED'), status('u', 'ACTIVE'), username('u', 'bob'))
      await happen(membership('g', 'u'), groupName('g', 'Gang'))
      expect(await ask.user('u')).toMatchObject({ status: 'DELETED', seqs: { user: 4 } })
      expect(await ask.byUsername('bob')).toBeNull()
      expect(await ask.group('g')).toMatchObject({ memberCount: 0, seqs: { members: 1 } })
    })

    test('a username that passes to another user is found with the new one, in either order', async () => {
      await happen(username('u', 'ann'))
      const [released, taken] = scribe.record(username('u', 'old'), username('v', 'ann'))
      await world.writer.apply(taken ? [taken] : [])
      expect(await ask.byUsername('ann')).toMatchObject({ id: 'v' })
      await world.writer.apply(released ? [released] : [])
      expect(await ask.byUsername('ann')).toMatchObject({ id: 'v' })
      expect(await ask.byUsername('old')).toMatchObject({ id: 'u' })
    })

    test('names that fold to many times their length are kept, found and told apart', async () => {
      // Squared words: each folds to three to six characters, and nothing of them repeats that could be made small.
      let random = 1
      const word = () => {
        random = (random * 48_271) % 0x7fffffff
        return String.fromCodePoint(0x3300 + (random % 88))
      }
      const long = Array.from({ length: 256 }, word).join('')
      const longer = `${long}㍻`
      await happen(username('u', long), fullName('u', long), username('v', longer), groupName('g', long))
      expect([await ask.byUsername(fold(long)), await ask.byUsername(fold(longer))]).toMatchObject([
        { id: 'u', name: long },
        { id: 'v', username: longer },
      ])
      expect(await world.reader.groupsByName(scribe.tenant, [fold(long)])).toMatchObject([{ id: 'g' }])
      expect(ids(await ask.users({ search: fold(long.slice(200, 202)) })).toSorted()).toEqual(['u', 'v'])
      expect(ids(await ask.users({ filter: { usernamePrefix: fold(long.slice(0, 2)) } })).toSorted()).toEqual(
        ['u', 'v'],
      )
    })

    test('a group row', async () => {
      await happen(groupName('p', 'Top'), groupName('g', 'Gang'), description('g', 'Us'), parent('g', 'p'))
      await happen(membership('g', 'u'), membership('g', 'v', 'MAINTAINER'))
      expect(await ask.group('g')).toEqual({
        id: 'g',
        name: 'Gang',
        description: 'Us',
        parentId: 'p',
        memberCount: 2,
        createdAt: at(1),
        updatedAt: at(3),
        seqs: { group: 3, members: 2 },
      })
      expect(
        (await world.reader.groupsByName(scribe.tenant, ['gang', 'GANG'])).map((row) => row?.id),
      ).toEqual(['g', undefined])
      expect(ids(await ask.children('p'))).toEqual(['g'])
      await happen(parent('g', null))
      expect(ids(await ask.children('p'))).toEqual([])
    })

    test('a deleted group is nowhere, its members are free and its children stand alone', async () => {
      await happen(groupName('p', 'Top'), groupName('g', 'Gang'), parent('g', 'p'), membership('p', 'u'))
      expect(await ask.group('g')).toMatchObject({ parentId: 'p' })
      await happen(deleteGroup('p'), membership('p', 'v'), groupName('late', 'Late'), parent('late', 'p'))
      expect(await ask.group('p')).toBeNull()
      expect(await world.reader.groupsByName(scribe.tenant, ['top'])).toEqual([null])
      expect(ids(await ask.groups())).toEqual(['g', 'late'])
      expect(ids(await ask.groups('top'))).toEqual([])
      expect(await ask.group('g')).toMatchObject({ parentId: null, updatedAt: at(2) })
      expect(await ask.group('late')).toMatchObject({ parentId: null })
      expect(ids(await ask.children('p'))).toEqual([])
      expect((await ask.members('p')).rows).toEqual([])
      expect((await ask.memberships('u')).rows).toEqual([])
      expect(await world.reader.countMembers(scribe.tenant, [countMembers('p')])).toEqual([0])
    })

    test('a membership: since stays when the role changes, and starts anew after an end', async () => {
      const one = async () => (await world.reader.memberships(scribe.tenant, [getMembership('g', 'u')]))[0]
      await happen(membership('g', 'u'), membership('g', 'u', 'MAINTAINER'), membership('g', 'other'))
      expect(await one()).toEqual({ groupId: 'g', userId: 'u', role: 'MAINTAINER', since: at(0), seq: 3 })
      await happen(membership('g', 'u', null))
      expect(await one()).toBeNull()
      await happen(membership('g', 'u'), groupName('g', 'Gang'))
      expect(await one()).toEqual({ groupId: 'g', userId: 'u', role: 'MEMBER', since: at(4), seq: 5 })
      expect(await ask.group('g')).toMatchObject({ memberCount: 2, seqs: { members: 5 } })
      await world.writer.apply(scribe.record(membership('g', 'u', null), membership('g', 'u')))
      expect(await one()).toMatchObject({ since: at(7), seq: 7 })
    })

    test('a membership is listed before its user and its group are there', async () => {
      await happen(membership('g', 'u'))
      const row = { groupId: 'g', userId: 'u', role: 'MEMBER', since: at(0), seq: 1 }
      expect((await ask.members('g')).rows).toEqual([row])
      expect((await ask.members('g', true)).rows).toEqual([row])
      expect((await ask.memberships('u')).rows).toEqual([row])
      expect((await ask.memberships('u', true)).rows).toEqual([row])
      expect(await ask.group('g')).toBeNull()
      expect(await world.reader.countMembers(scribe.tenant, [countMembers('g')])).toEqual([1])
    })

    test('the deletion of a user ends all memberships, also those of the same batch', async () => {
      await happen(groupName('a', 'A'), groupName('b', 'B'), membership('a', 'u'), membership('a', 'v'))
      await world.writer.apply(
        scribe.record(
          membership('b', 'u'),
          membership('b', 'v'),
          username('u', 'ann'),
          status('u', 'DELETED'),
        ),
      )
      expect((await ask.memberships('u')).rows).toEqual([])
      expect((await ask.members('a')).rows).toMatchObject([{ userId: 'v' }])
      expect((await ask.groups()).rows.map(({ memberCount }) => memberCount)).toEqual([1, 1])
    })

    test('a group and a member of it that are deleted in one batch leave nothing behind', async () => {
      await happen(membership('g', 'u'), membership('g', 'v'), membership('h', 'u'))
      await world.writer.apply(scribe.record(deleteGroup('g'), status('u', 'DELETED')))
      const counted = await world.reader.countMembers(scribe.tenant, [countMembers('g'), countMembers('h')])
      expect(counted).toEqual([0, 0])
      expect((await ask.memberships('u')).rows).toEqual([])
      expect((await ask.members('g')).rows).toEqual([])
    })

    test('api keys: oldest first, revoked ones too, and by hash over all tenants', async () => {
      const older = { createdAt: '2029-01-01T00:00:00.000Z' }
      await happen(
        apiKey('u', 'k1'),
        apiKey('u', 'k2', older),
        apiKey('v', 'k3', { hash: `${scribe.tenant} k3` }),
      )
      await happen(apiKey('u', 'k2', { ...older, revokedAt: at(9) }))
      const [ofU = [], ofNobody] = await world.reader.apiKeys(scribe.tenant, [
        listApiKeys('u'),
        listApiKeys('x'),
      ])
      expect(ofU.map(({ id, revokedAt }) => [id, revokedAt])).toEqual([
        ['k2', at(9)],
        ['k1', null],
      ])
      expect(ofNobody).toEqual([])
      expect(await world.reader.apiKeyByHash(`${scribe.tenant} k3`)).toEqual({
        tenant: scribe.tenant,
        id: 'k3',
        userId: 'v',
        label: 'label of k3',
        scopes: ['DIRECTORY_READ'],
        createdAt: '2030-01-01T00:00:00.000Z',
        expiresAt: null,
        revokedAt: null,
        lastFour: 'abcd',
      })
      expect(await world.reader.apiKeyByHash('unheard of')).toBeNull()
    })

    test('tenants', async () => {
      const alone = await open()
      const set = (tenantId: string, name: string) => scribe.record({ type: 'SetTenant', tenantId, name })
      await alone.writer.apply(scribe.record(username('u', 'ann')))
      expect(await alone.reader.tenants([scribe.tenant])).toEqual([null])
      await alone.writer.apply([
        ...set(scribe.tenant, 'One'),
        ...set('other', 'Other'),
        ...set(scribe.tenant, 'Two'),
      ])
      expect(await alone.reader.tenants(['nobody', scribe.tenant, 'other'])).toEqual([
        null,
        { id: scribe.tenant, name: 'Two', createdAt: at(1) },
        { id: 'other', name: 'Other', createdAt: at(2) },
      ])
      expect(await alone.reader.applied([TENANTS_STREAM])).toEqual([3])
      await alone.close()
    })

    test('a tenant sees nothing of another with the same ids', async () => {
      const other = new Scribe(freshTenant())
      await happen(username('u', 'ann'), groupName('g', 'Gang'), membership('g', 'u'), apiKey('u', 'k'))
      await world.writer.apply(other.record(username('u', 'bob'), username('v', 'anna'), email('v', 'a@x')))
      const theirs = new Asker(world.reader, other.tenant)
      expect(await theirs.user('u')).toMatchObject({ username: 'bob' })
      expect(await ask.user('v')).toBeNull()
      expect(await theirs.byUsername('ann')).toBeNull()
      expect(await ask.byEmail('a@x')).toBeNull()
      expect(ids(await ask.users({ search: 'an' }))).toEqual(['u'])
      expect(ids(await theirs.users({ search: 'an' }))).toEqual(['v'])
      expect(ids(await theirs.users())).toEqual(['v', 'u'])
      expect(await theirs.group('g')).toBeNull()
      expect((await theirs.members('g')).rows).toEqual([])
      expect((await theirs.memberships('u')).rows).toEqual([])
      expect(await world.reader.apiKeys(other.tenant, [listApiKeys('u')])).toEqual([[]])
      expect(await new Asker(world.reader, 'unheard-of').user('u')).toBeNull()
    })
  })
}
