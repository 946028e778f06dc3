import { describe, expect, it } from 'vitest'
import {
  ann,
  annProfile,
  appendOf,
  asNewerRelease,
  bob,
  photo,
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
      expect((await log.scan(0, 10)).map(({ event }) => event)).toEqual(events.map(({ event }) => event))
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
