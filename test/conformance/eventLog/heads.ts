import { describe, expect, it } from 'vitest'
import {
  ann,
  annProfile,
  appendOf,
  asNewerRelease,
  bob,
  photo,
  scanAll,
  seqs,
  upTo,
  username,
  usernames,
} from './commits.ts'
import { type OpenFixture, using } from './fixture.ts'

export function describeHeads(open: OpenFixture): void {
  describe('heads', () => {
    it('have the newest event of each type', async () => {
      const { log } = await using(open)
      const suspended = { type: 'SetUserStatus', userId: 'ann', status: 'SUSPENDED' } as const
      await log.commit(appendOf(ann, 0, username('a'), suspended, username('b')))
      await log.commit(appendOf(ann, 3, username('c')))
      const head = await log.head(ann)
      expect(head.seq).toBe(4)
      expect(Object.fromEntries(head.latest.map(({ seq, event }) => [seq, event]))).toEqual({
        2: suspended,
        4: username('c'),
      })
    })

    it('find the newest event of a type however long ago it was', async () => {
      const { log } = await using(open)
      const email = { type: 'SetUserEmail', userId: 'ann', email: 'ann@example.org' } as const
      await log.commit(appendOf(ann, 0, email))
      for (const round of upTo(5)) await log.commit(appendOf(ann, 1 + (round - 1) * 90, ...usernames(90)))
      const head = await log.head(ann)
      expect(head.seq).toBe(451)
      expect(seqs(head.latest).sort()).toEqual([1, 451])
    })

    it('are counted for many streams at once, in the order asked for', async () => {
      const { log } = await using(open)
      await log.commit(appendOf(ann, 0, ...usernames(3)))
      await log.commit(appendOf(bob, 0, username('bob')))
      expect(await log.seqs([bob, annProfile, ann, bob])).toEqual([1, 0, 3, 1])
      expect(await log.seqs([])).toEqual([])
    })

    it('are of their own stream', async () => {
      const { log } = await using(open)
      await log.commit(appendOf(ann, 0, ...usernames(3)))
      await log.commit(appendOf(bob, 0, username('bob')))
      expect((await log.head(bob)).latest).toMatchObject([{ stream: bob, seq: 1, event: username('bob') }])
    })
  })

  describe('events that no release can read', () => {
    const SPOILT: readonly (readonly [string, string])[] = [
      ['{"userId":"an', 'its data is no JSON'],
      ['', 'its data is no JSON'],
      ['null', 'its data is no object'],
      ['["ann"]', 'its data is no object'],
    ]

    it.each(SPOILT)('keep their place, however they are read: %j', async (data, fault) => {
      const { log, spoil } = await using(open)
      await log.commit(appendOf(ann, 0, ...usernames(3)))
      await log.commit(appendOf(bob, 0, username('bob')))
      await spoil(ann, 2, data)
      const events = await log.read(ann, 0, 10)
      expect(events.map(({ event }) => event)).toEqual([
        username('name1'),
        { type: 'Unknown', name: 'SetUsername', data, fault },
        username('name3'),
      ])
      expect(await log.readAll([ann])).toEqual([events])
      expect(await log.readRanges([1, 9].map((limit) => ({ stream: ann, after: 1, limit })))).toEqual([
        events.slice(1, 2),
        events.slice(1),
      ])
      expect((await scanAll(log)).filter(({ stream }) => stream === ann)).toEqual(events)
    })

    it('are decided by by nobody, for as long as they are the newest of their type', async () => {
      const { log, spoil } = await using(open)
      await log.commit(appendOf(ann, 0, username('a')))
      await spoil(ann, 1, '{')
      await expect(log.head(ann)).rejects.toThrow(`event 1 of ${ann} cannot be read: its data is no JSON`)
      await log.commit(appendOf(ann, 1, username('b')))
      expect(await log.head(ann)).toMatchObject({ seq: 2, latest: [{ seq: 2 }] })
    })
  })

  describe('events of a newer release', () => {
    it('keep their place, and the stream goes on after them', async () => {
      const { log } = await using(open)
      await log.commit(appendOf(ann, 0, username('old')))
      await asNewerRelease(async () => {
        await log.commit(appendOf(ann, 1, photo('/ann.png'), username('new version')))
      })
      await log.commit(appendOf(ann, 3, username('old again')))
      const events = await log.read(ann, 0, 10)
      expect(seqs(events)).toEqual(upTo(4))
      expect(events.map(({ event }) => event)).toEqual([
        username('old'),
        { type: 'Unknown', name: 'SetUserPhoto', data: JSON.stringify({ url: '/ann.png' }) },
        {
          type: 'Unknown',
          name: 'SetUsername',
          data: JSON.stringify({ userId: 'ann', username: 'new version' }),
        },
        username('old again'),
      ])
      expect(events.map(({ version }) => version)).toEqual([1, 1, 2, 1])
      expect((await scanAll(log)).map(({ event }) => event)).toEqual(events.map(({ event }) => event))
    })

    it('are in the head, so that nobody decides by an older one', async () => {
      const { log } = await using(open)
      await log.commit(appendOf(ann, 0, username('old')))
      await asNewerRelease(async () => {
        await log.commit(appendOf(ann, 1, username('new version')))
      })
      expect(await log.head(ann)).toMatchObject({
        seq: 2,
        latest: [{ seq: 2, version: 2, event: { type: 'Unknown', name: 'SetUsername' } }],
      })
    })
  })
}
