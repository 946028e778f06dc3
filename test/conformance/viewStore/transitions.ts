import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Event, RecordedEvent } from '../../../src/domain/events.ts'
import { profileStream, type StreamName, userStream } from '../../../src/domain/streams.ts'
import { email, fullName, membership, username } from './events.ts'
import { Asker } from './queries.ts'
import { freshTenant, Scribe } from './Scribe.ts'
import type { OpenWorld, ViewWorld } from './world.ts'

/** Rules 3, 10 and 14: what is applied, what is skipped, what stops what. */
export function transitionTests(open: OpenWorld, ownJournal: boolean): void {
  describe('transitions', () => {
    const positions = { last: 0 }
    let world: ViewWorld
    let scribe: Scribe
    let ask: Asker
    beforeEach(async () => {
      world = await open()
      positions.last = 0
      scribe = new Scribe(freshTenant(), positions)
      ask = new Asker(world.reader, scribe.tenant)
    })
    afterEach(() => world.close())

    /** Where the views stand: in the log's order, or in their own, in which each event that was applied is the next. */
    const place = (inLog: number, ofApplied: number) => (ownJournal ? ofApplied : inLog)

    const applied = async (id: string) =>
      world.reader.applied([userStream(scribe.tenant, id), profileStream(scribe.tenant, id)])

    test('an empty store has applied nothing', async () => {
      expect(await world.writer.position()).toBe(0)
      expect(await world.reader.position()).toBe(0)
      expect(await applied('u')).toEqual([0, 0])
      expect(await world.writer.quarantined()).toEqual([])
    })

    test('rows, seqs and position move together', async () => {
      const events = scribe.record(username('u', 'ann'), email('u', 'a@x'), fullName('u', 'Ann'))
      const outcome = await world.writer.apply(events)
      expect(outcome).toEqual({ position: 3, applied: 3, duplicates: 0, gaps: [], quarantined: [] })
      expect(await world.reader.position()).toBe(3)
      expect(await applied('u')).toEqual([2, 1])
      expect(await ask.user('u')).toMatchObject({ username: 'ann', seqs: { user: 2, profile: 1, keys: 0 } })
    })

    test('what was applied before is skipped', async () => {
      const events = scribe.record(username('u', 'ann'), username('u', 'bob'))
      await world.writer.apply(events)
      const again = await world.writer.apply([...events, ...scribe.record(fullName('u', 'Bob'))])
      expect(again).toMatchObject({ position: 3, applied: 1, duplicates: 2 })
      expect(await ask.user('u')).toMatchObject({ username: 'bob', name: 'Bob' })
    })

    test('an event that comes twice in a batch is applied once', async () => {
      const events = scribe.record(username('u', 'ann'))
      expect(await world.writer.apply([...events, ...events])).toMatchObject({ applied: 1, duplicates: 1 })
    })

    test('a gap leaves out its stream, holds the position, and is told', async () => {
      const [first, missing, third, other] = scribe.record(
        username('u', 'ann'),
        username('u', 'bob'),
        username('u', 'cid'),
        username('v', 'dan'),
      ) as [RecordedEvent, RecordedEvent, RecordedEvent, RecordedEvent]
      const outcome = await world.writer.apply([first, third, other])
      const gaps = [{ stream: first.stream, applied: 1 }]
      expect(outcome).toMatchObject({ position: place(1, 2), applied: 2, gaps })
      expect(await ask.user('u')).toMatchObject({ username: 'ann' })
      expect(await ask.user('v')).toMatchObject({ username: 'dan' })
      expect(await world.writer.apply([missing, third])).toMatchObject({
        applied: 2,
        gaps: [],
        position: place(3, 4),
      })
      expect(await world.writer.apply([other])).toMatchObject({ duplicates: 1, position: 4 })
      expect(await ask.user('u')).toMatchObject({ username: 'cid' })
    })

    // A journal of its own pays no heed to what positions events came with.
    if (!ownJournal) {
      test('the position stops at a gap even where positions follow each other', async () => {
        const [first, , third, other] = new Scribe(scribe.tenant).record(
          username('u', 'ann'),
          username('u', 'bob'),
          username('u', 'cid'),
          username('v', 'dan'),
        )
        const delivered = [first, third, other].map((event, i) => ({
          ...(event as RecordedEvent),
          position: i + 1,
        }))
        expect(await world.writer.apply(delivered)).toMatchObject({ applied: 2, position: 1 })
      })
    }

    test('a stream read ahead of the rest does not move the position over what lies between', async () => {
      const events = scribe.record(username('u', 'ann'), username('v', 'bob'), username('w', 'cid'))
      expect(await world.writer.apply(events.slice(2))).toMatchObject({
        applied: 1,
        position: place(0, 1),
      })
      expect(await ask.user('w')).toMatchObject({ username: 'cid' })
      expect(await world.writer.apply(events)).toMatchObject({ applied: 2, duplicates: 1, position: 3 })
    })

    test('a log without a total order works by seq alone', async () => {
      const unordered = new Scribe(freshTenant())
      const events = unordered.record(username('u', 'ann'), username('u', 'bob'))
      expect(await world.writer.apply(events)).toMatchObject({ applied: 2, position: place(0, 2) })
      expect(await world.writer.apply(events)).toMatchObject({ duplicates: 2, position: place(0, 2) })
    })

    test('two writers apply each event once between them', async () => {
      const other = await world.openWriter()
      let appliedInAll = 0
      for (let i = 0; i < 20; i++) {
        const events = scribe.record(username('u', `name-${i}`), membership('g', `u${i}`))
        const outcomes = [await world.writer.apply(events), await other.apply(events)]
        appliedInAll += outcomes.reduce((sum, outcome) => sum + outcome.applied, 0)
      }
      await other.close()
      expect(appliedInAll).toBe(40)
      expect((await ask.members('g')).rows).toHaveLength(20)
      expect(await world.reader.position()).toBe(40)
    })

    test('what was applied is there for whoever opens the store later', async () => {
      await world.writer.apply(scribe.record(username('u', 'ann')))
      const [writer, reader] = [await world.openWriter(), await world.openReader()]
      expect(await writer.position()).toBe(1)
      expect((await reader.users(scribe.tenant, ['u']))[0]?.username).toBe('ann')
      await Promise.all([writer.close(), reader.close()])
    })

    test('an event of a newer release quarantines its stream, and the feed goes on', async () => {
      const stream = userStream(scribe.tenant, 'u')
      const [known] = scribe.record(username('u', 'ann'))
      const unknown = scribe.recordIn(stream, { type: 'Unknown', name: 'SetUserShoeSize', data: '{}' })
      const later = scribe.record(username('u', 'bob'), username('v', 'cid'))
      const outcome = await world.writer.apply([known as RecordedEvent, unknown, ...later])
      expect(outcome).toMatchObject({ applied: 2, position: place(4, 2), quarantined: [stream], gaps: [] })
      expect(await applied('u')).toEqual([1, 0])
      expect(await ask.user('u')).toMatchObject({ username: 'ann' })
      expect(await ask.user('v')).toMatchObject({ username: 'cid' })
      expect(await world.writer.quarantined()).toEqual([
        { stream, seq: 2, reason: expect.stringContaining('SetUserShoeSize') },
      ])
      const next = await world.writer.apply(scribe.record(username('u', 'dan'), fullName('u', 'Ann')))
      expect(next).toMatchObject({ applied: 1, position: place(6, 3), quarantined: [] })
      expect(await ask.user('u')).toMatchObject({ username: 'ann', name: 'Ann' })
    })

    test('an event that no release can read quarantines its stream, which says why', async () => {
      const stream = userStream(scribe.tenant, 'u')
      const fault = 'its data is no JSON'
      const events = [
        ...scribe.record(username('u', 'ann')),
        scribe.recordIn(stream, { type: 'Unknown', name: 'SetUsername', data: '{"userId":"u', fault }),
        ...scribe.record(username('u', 'bob'), username('v', 'cid')),
      ]
      const outcome = await world.writer.apply(events)
      expect(outcome).toMatchObject({ applied: 2, position: place(4, 2), quarantined: [stream], gaps: [] })
      expect(await ask.user('u')).toMatchObject({ username: 'ann' })
      expect(await world.writer.quarantined()).toEqual([
        { stream, seq: 2, reason: 'event SetUsername cannot be read: its data is no JSON' },
      ])
    })

    const poison: readonly (readonly [what: string, event: unknown])[] = [
      ['a username that is no text', { type: 'SetUsername', userId: 'u', username: 42 }],
      ['a status that nobody knows', { type: 'SetUserStatus', userId: 'u', status: 'ASLEEP' }],
      ['attributes that are no object', { type: 'SetUserAttributes', userId: 'u', attributes: 'red' }],
      ['a field that is missing', { type: 'SetUserEmail', userId: 'u' }],
      ['a role that nobody knows', { type: 'SetMembership', groupId: 'g', userId: 'u', role: 'KING' }],
      ['a member without an id', { type: 'SetMembership', groupId: 'g', userId: '', role: 'MEMBER' }],
      ['a parent that is no id', { type: 'SetGroupParent', groupId: 'g', parentId: 'a/b' }],
      ['a key without a hash', { type: 'SetApiKey', userId: 'u', keyId: 'k', label: '', scopes: [] }],
    ]
    test.each(poison)('poison: %s changes nothing and stops only its stream', async (_, event) => {
      const before = scribe.record(username('u', 'ann'), membership('g', 'v'))
      const [bad] = scribe.record(event as Event)
      const outcome = await world.writer.apply([
        ...before,
        bad as RecordedEvent,
        ...scribe.record(username('w', 'x')),
      ])
      expect(outcome).toMatchObject({ applied: 3, position: place(4, 3), quarantined: [bad?.stream] })
      expect(await ask.user('u')).toMatchObject({
        username: 'ann',
        email: null,
        status: 'ACTIVE',
        attributes: {},
      })
      expect((await ask.members('g')).rows).toMatchObject([{ userId: 'v' }])
      expect(await ask.user('w')).not.toBeNull()
    })

    test('an event about another entity, or in a stream of another kind, is poison', async () => {
      const strays = [
        scribe.recordIn(userStream(scribe.tenant, 'u'), username('v', 'ann')),
        scribe.recordIn(profileStream(scribe.tenant, 'w'), username('w', 'bob')),
        scribe.recordIn('what/is/this' as StreamName, username('x', 'cid')),
      ]
      const outcome = await world.writer.apply(strays)
      expect(outcome).toMatchObject({ applied: 0, position: place(3, 0) })
      expect(outcome.quarantined).toEqual(strays.map(({ stream }) => stream))
      expect((await ask.users()).rows).toEqual([])
    })
  })
}
