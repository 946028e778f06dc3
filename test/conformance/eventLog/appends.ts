import { describe, expect, it } from 'vitest'
import type { Event } from '../../../src/domain/events.ts'
import {
  groupStream,
  keysStream,
  membersStream,
  profileStream,
  TENANTS_STREAM,
  userStream,
} from '../../../src/domain/streams.ts'
import {
  ann,
  annProfile,
  append,
  appendOf,
  bob,
  commitOf,
  count,
  kinds,
  META,
  scanAll,
  seqs,
  TENANT,
  times,
  upTo,
  username,
  usernames,
} from './commits.ts'
import { type OpenFixture, using } from './fixture.ts'

export function describeAppends(open: OpenFixture): void {
  describe('appends', () => {
    it('starts empty', async () => {
      const { log } = await using(open)
      expect(await log.head(ann)).toEqual({ seq: 0, latest: [] })
      expect(await log.read(ann, 0, 10)).toEqual([])
      expect(await scanAll(log)).toEqual([])
    })

    it('keeps events as they were given, with who, when and why', async () => {
      const { log } = await using(open)
      const outcome = await log.commit(appendOf(ann, 0, username('ann'), username('Ännchen')))
      expect(outcome).toMatchObject({ kind: 'committed', written: [[ann, 2]] })
      const [first, second, ...rest] = await log.read(ann, 0, 10)
      expect(first).toMatchObject({ stream: ann, seq: 1, version: 1, meta: META, event: username('ann') })
      expect(second).toMatchObject({
        stream: ann,
        seq: 2,
        version: 1,
        meta: META,
        event: username('Ännchen'),
      })
      expect(rest).toEqual([])
    })

    it('keeps a meta that says little', async () => {
      const { log } = await using(open)
      const meta = {
        ...META,
        actor: { kind: 'system', id: null, label: null },
        cause: null,
        ip: null,
        idempotencyKey: 'k',
      } as const
      await log.commit(commitOf({ meta, appends: [append(ann, 0, username('ann'))] }))
      expect((await log.read(ann, 0, 10))[0]?.meta).toEqual(meta)
    })

    it('keeps every kind of event on every kind of stream', async () => {
      const { log } = await using(open)
      const appends = EVERY_KIND.map(([stream, ...events]) => append(stream, 0, ...events))
      const outcome = await log.commit(commitOf({ appends }))
      expect(outcome).toMatchObject({ written: appends.map(({ stream, events }) => [stream, events.length]) })
      for (const { stream, events } of appends) {
        expect((await log.read(stream, 0, 10)).map(({ event }) => event)).toEqual(events)
      }
    })

    it('keeps any text', async () => {
      const { log } = await using(open)
      const text = 'quote " \' back \\ line \n nul \u0000 emoji 👩‍🚀 rtl \u202e lone \ud800'
      await log.commit(appendOf(ann, 0, username(text)))
      expect((await log.read(ann, 0, 1))[0]?.event).toEqual(username(text))
    })

    it('numbers a stream from 1 without holes, over many commits', async () => {
      const { log } = await using(open)
      for (const size of [1, 3, 2, 5]) {
        const { seq } = await log.head(ann)
        await log.commit(appendOf(ann, seq, ...usernames(size)))
      }
      expect(seqs(await log.read(ann, 0, 100))).toEqual(upTo(11))
    })

    it.each([
      ['an older', 1],
      ['no', 0],
      ['a later', 3],
    ])('refuses a writer that read %s head, and writes nothing of it', async (_, expected) => {
      const { log } = await using(open)
      await log.commit(appendOf(ann, 0, ...usernames(2)))
      const late = commitOf({
        appends: [append(bob, 0, username('bob')), append(ann, expected, username('late'))],
      })
      expect(await log.commit(late)).toEqual({ kind: 'conflict' })
      expect(await log.seqs([ann, bob])).toEqual([2, 0])
      expect(await scanAll(log)).toHaveLength(2)
    })

    it('lets one of many writers with the same head win', async () => {
      const { log } = await using(open)
      const outcomes = await Promise.all(times(20, (n) => log.commit(appendOf(ann, 0, username(`n${n}`)))))
      expect(count(outcomes, 'committed')).toBe(1)
      expect(count(outcomes, 'conflict')).toBe(19)
      expect(seqs(await log.read(ann, 0, 100))).toEqual([1])
    })

    it('lets one of two processes win, each time', async () => {
      const { log, another } = await using(open)
      const other = await another()
      for (const expected of [0, 1, 2, 3, 4]) {
        const commit = appendOf(ann, expected, username(`n${expected}`))
        const outcomes = await Promise.all([log.commit(commit), other.commit(commit)])
        expect(kinds(outcomes).sort()).toEqual(['committed', 'conflict'])
      }
      expect(seqs(await log.read(ann, 0, 100))).toEqual(upTo(5))
    })

    it('loses nothing of writers that retry', async () => {
      const { log, another } = await using(open)
      const other = await another()
      const appendOnce = async (writer: number) => {
        const through = writer % 2 === 0 ? log : other
        for (;;) {
          const [seq = 0] = await through.seqs([ann])
          const outcome = await through.commit(appendOf(ann, seq, username(`w${writer}`)))
          if (outcome.kind === 'committed') return
        }
      }
      await Promise.all(times(12, appendOnce))
      const events = await log.read(ann, 0, 100)
      expect(seqs(events)).toEqual(upTo(12))
      expect(new Set(events.map(({ event }) => JSON.stringify(event))).size).toBe(12)
    })

    it('writes several streams or none', async () => {
      const { log } = await using(open)
      const both = commitOf({ appends: [append(ann, 0, ...usernames(2)), append(bob, 0, username('bob'))] })
      expect(await log.commit(both)).toMatchObject({
        kind: 'committed',
        written: [
          [ann, 2],
          [bob, 1],
        ],
      })
      expect(await log.commit(both)).toEqual({ kind: 'conflict' })
      expect(await log.seqs([ann, bob])).toEqual([2, 1])
    })

    it('keeps streams with similar names apart', async () => {
      const { log } = await using(open)
      const streams = [
        ann,
        annProfile,
        userStream(TENANT, 'an'),
        userStream(TENANT, 'Ann'),
        userStream('acm', 'ann'),
      ]
      for (const stream of streams) {
        expect(await log.commit(appendOf(stream, 0, username(stream)))).toMatchObject({ kind: 'committed' })
      }
      for (const stream of streams) {
        expect((await log.read(stream, 0, 10)).map(({ event }) => event)).toEqual([username(stream)])
      }
    })

    it('spares the neighbours of a commit that loses', async () => {
      const { log } = await using(open)
      const outcomes = await Promise.all(
        times(30, (n) =>
          log.commit(appendOf(userStream(TENANT, `u${n}`), n % 3 === 0 ? 1 : 0, username('x'))),
        ),
      )
      expect(kinds(outcomes)).toEqual(times(30, (n) => (n % 3 === 0 ? 'conflict' : 'committed')))
      expect(await log.seqs(times(30, (n) => userStream(TENANT, `u${n}`)))).toEqual(
        times(30, (n) => (n % 3 === 0 ? 0 : 1)),
      )
    })

    it('takes a commit that changes nothing', async () => {
      const { log } = await using(open)
      expect(await log.commit(commitOf({}))).toEqual({ kind: 'committed', written: [], position: 0 })
    })
  })

  describe('checks', () => {
    it('commits while what was read still holds', async () => {
      const { log } = await using(open)
      await log.commit(appendOf(ann, 0, ...usernames(2)))
      const checks = [
        { stream: ann, expected: 2 },
        { stream: annProfile, expected: 0 },
      ]
      const outcome = await log.commit(commitOf({ checks, appends: [append(bob, 0, username('bob'))] }))
      expect(outcome).toMatchObject({ kind: 'committed', written: [[bob, 1]] })
    })

    it.each([1, 3])('refuses once a stream that was read is not at %i', async (expected) => {
      const { log } = await using(open)
      await log.commit(appendOf(ann, 0, ...usernames(2)))
      const checks = [{ stream: ann, expected }]
      expect(await log.commit(commitOf({ checks, appends: [append(bob, 0, username('b'))] }))).toEqual({
        kind: 'conflict',
      })
      expect(await log.seqs([bob])).toEqual([0])
    })

    it('lets no two decisions rest on what the other changes', async () => {
      const { log } = await using(open)
      const outcomes = await Promise.all([
        log.commit(
          commitOf({ checks: [{ stream: bob, expected: 0 }], appends: [append(ann, 0, username('a'))] }),
        ),
        log.commit(
          commitOf({ checks: [{ stream: ann, expected: 0 }], appends: [append(bob, 0, username('b'))] }),
        ),
      ])
      expect(count(outcomes, 'committed')).toBe(1)
      expect(count(outcomes, 'conflict')).toBe(1)
    })
  })
}

const key: Event = {
  type: 'SetApiKey',
  userId: 'u',
  keyId: 'k',
  label: 'ci',
  scopes: ['DIRECTORY_READ'],
  hash: 'h',
  lastFour: 'abcd',
  createdAt: META.at,
  expiresAt: null,
  revokedAt: META.at,
}

const EVERY_KIND: readonly [ReturnType<typeof userStream>, ...Event[]][] = [
  [
    userStream(TENANT, 'u'),
    { type: 'SetUsername', userId: 'u', username: 'u' },
    { type: 'SetUserEmail', userId: 'u', email: null },
    { type: 'SetUserStatus', userId: 'u', status: 'SUSPENDED' },
  ],
  [
    profileStream(TENANT, 'u'),
    { type: 'SetUserName', userId: 'u', name: 'U' },
    { type: 'SetUserAttributes', userId: 'u', attributes: { a: [1, { b: null }], c: true, d: 1.5 } },
  ],
  [keysStream(TENANT, 'u'), key],
  [
    groupStream(TENANT, 'g'),
    { type: 'SetGroupName', groupId: 'g', name: 'G' },
    { type: 'SetGroupDescription', groupId: 'g', description: '' },
    { type: 'SetGroupParent', groupId: 'g', parentId: null },
    { type: 'SetGroupStatus', groupId: 'g', status: 'DELETED' },
  ],
  [membersStream(TENANT, 'g'), { type: 'SetMembership', groupId: 'g', userId: 'u', role: null }],
  [TENANTS_STREAM, { type: 'SetTenant', tenantId: TENANT, name: 'Acme' }],
]
