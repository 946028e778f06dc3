import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../../src/domain/events.ts'
import { groupStream, membersStream, type StreamName, userStream } from '../../../src/domain/streams.ts'
import {
  apiKey,
  attributes,
  deleteGroup,
  email,
  fullName,
  groupName,
  membership,
  parent,
  status,
  username,
} from './events.ts'
import { Asker, ids } from './queries.ts'
import { freshTenant, Scribe } from './Scribe.ts'
import type { OpenWorld, ViewWorld } from './world.ts'

/** A user's or group's rows, made anew from the log. */
export function rebuildTests(open: OpenWorld): void {
  describe('rebuilding an entity', () => {
    let world: ViewWorld
    let scribe: Scribe
    let ask: Asker
    let events: RecordedEvent[]
    beforeEach(async () => {
      world = await open()
      scribe = new Scribe(freshTenant(), { last: 0 })
      ask = new Asker(world.reader, scribe.tenant)
      events = []
    })
    afterEach(() => world.close())

    const apply = async (...recorded: RecordedEvent[]) => {
      events.push(...recorded)
      await world.writer.apply(recorded)
    }
    /** What a log would answer. */
    const read = async (streams: readonly StreamName[]) =>
      events.filter(({ stream }) => streams.includes(stream))
    const user = (id: string) => ({ kind: 'user', tenant: scribe.tenant, id }) as const
    const group = (id: string) => ({ kind: 'group', tenant: scribe.tenant, id }) as const

    test('what was right stays as it is, and the position where it is', async () => {
      await apply(
        ...scribe.record(
          username('u', 'ann'),
          email('u', 'ann@x'),
          fullName('u', 'Ann Lee'),
          apiKey('u', 'k'),
        ),
        ...scribe.record(attributes('u', { team: 'red' }), groupName('p', 'all'), groupName('g', 'crew')),
        ...scribe.record(parent('g', 'p'), membership('g', 'u', 'MAINTAINER'), membership('g', 'v')),
      )
      const seen = async () => ({
        user: await ask.user('u'),
        found: ids(await ask.users({ search: 'lee' })),
        filtered: ids(await ask.users({ filter: { attribute: { name: 'team', equals: 'red' } } })),
        keys: await world.reader.apiKeys(scribe.tenant, [{ op: 'listApiKeys', userId: 'u' }]),
        memberships: await ask.memberships('u', true),
        group: await ask.group('g'),
        groups: ids(await ask.groups('rew')),
        members: await ask.members('g'),
        position: await world.reader.position(),
      })
      const before = await seen()
      expect(before).toMatchObject({
        found: ['u'],
        filtered: ['u'],
        groups: ['g'],
        group: { memberCount: 2 },
      })
      await world.writer.rebuild(user('u'), read)
      await world.writer.rebuild(group('g'), read)
      expect(await seen()).toEqual(before)
    })

    test('what the log does not say is gone, also for a reader that has seen it', async () => {
      await apply(...scribe.record(username('u', 'ann'), groupName('g', 'crew'), membership('g', 'u')))
      expect(await ask.user('u')).not.toBeNull()
      expect(await ask.group('g')).not.toBeNull()
      events = []
      await world.writer.rebuild(user('u'), read)
      await world.writer.rebuild(group('g'), read)
      expect([await ask.user('u'), await ask.group('g')]).toEqual([null, null])
      expect(ids(await ask.users({ search: 'ann' }))).toEqual([])
      expect((await ask.memberships('u')).rows).toEqual([])
    })

    test('what the views lacked is there, and what is next applies', async () => {
      await apply(...scribe.record(username('u', 'ann')))
      const missed = scribe.record(username('u', 'bob'), groupName('g', 'crew'), membership('g', 'u'))
      events.push(...missed)
      await world.writer.rebuild(user('u'), read)
      await world.writer.rebuild(group('g'), read)
      expect(await ask.byUsername('bob')).toMatchObject({ id: 'u', seqs: { user: 2 } })
      expect(await ask.members('g')).toMatchObject({ rows: [{ userId: 'u' }] })
      expect(await world.writer.apply(missed)).toMatchObject({ duplicates: 3 })
      await apply(...scribe.record(username('u', 'cid')))
      expect(await ask.user('u')).toMatchObject({ username: 'cid', seqs: { user: 3 } })
    })

    test('deletions hold: of the entity, and of those it speaks of', async () => {
      await apply(
        ...scribe.record(
          username('u', 'ann'),
          username('v', 'bob'),
          groupName('p', 'all'),
          groupName('g', 'crew'),
        ),
        ...scribe.record(parent('g', 'p'), membership('g', 'u'), membership('g', 'v'), membership('p', 'u')),
        ...scribe.record(status('u', 'DELETED'), deleteGroup('p')),
      )
      for (const entity of [user('u'), group('g'), group('p')]) await world.writer.rebuild(entity, read)
      expect(await ask.user('u')).toMatchObject({ status: 'DELETED' })
      expect(await ask.group('g')).toMatchObject({ parentId: null, memberCount: 1 })
      expect(await ask.members('g')).toMatchObject({ rows: [{ userId: 'v' }] })
      expect(await ask.group('p')).toBeNull()
      expect((await ask.memberships('u')).rows).toEqual([])
    })

    test('a quarantine is lifted, unless its event is still poison', async () => {
      const stream = userStream(scribe.tenant, 'u')
      await apply(...scribe.record(username('u', 'ann')))
      const unknown = scribe.recordIn(stream, { type: 'Unknown', name: 'SetUserShoeSize', data: '{}' })
      await apply(unknown)
      await world.writer.rebuild(user('u'), read)
      expect(await world.writer.quarantined()).toMatchObject([{ stream, seq: 2 }])
      expect(await ask.user('u')).toMatchObject({ username: 'ann', seqs: { user: 1 } })
      events = events.map((event) => (event === unknown ? { ...event, event: username('u', 'bob') } : event))
      await world.writer.rebuild(user('u'), read)
      expect(await world.writer.quarantined()).toEqual([])
      expect(await ask.user('u')).toMatchObject({ username: 'bob', seqs: { user: 2 } })
    })

    test('the log is asked while nobody else writes, and a failure changes nothing', async () => {
      await apply(...scribe.record(groupName('g', 'crew'), membership('g', 'u')))
      const later = scribe.record(membership('g', 'v'))
      let applying: Promise<unknown> = Promise.resolve()
      await world.writer.rebuild(group('g'), async (streams) => {
        expect(streams).toEqual([groupStream(scribe.tenant, 'g'), membersStream(scribe.tenant, 'g')])
        applying = world.writer.apply(later)
        return read(streams)
      })
      expect(await applying).toMatchObject({ applied: 1 })
      expect(await ask.group('g')).toMatchObject({ memberCount: 2 })
      const failing = world.writer.rebuild(group('g'), () => Promise.reject(new Error('no log')))
      await expect(failing).rejects.toThrow('no log')
      expect(await ask.group('g')).toMatchObject({ memberCount: 2 })
    })
  })
}
