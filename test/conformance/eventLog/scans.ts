import { describe, expect, it } from 'vitest'
import { userStream } from '../../../src/domain/streams.ts'
import { MAX_PART_BYTES } from '../../../src/log/EventLog.ts'
import {
  ann,
  append,
  appendOf,
  bob,
  commitOf,
  scanAll,
  scanPart,
  seqs,
  TENANT,
  times,
  upTo,
  username,
  usernames,
} from './commits.ts'
import { type OpenFixture, using } from './fixture.ts'

export function describeScans(open: OpenFixture): void {
  describe('reading a stream', () => {
    it('goes on after a seq, and stops at the limit', async () => {
      const { log } = await using(open)
      await log.commit(appendOf(ann, 0, ...usernames(10)))
      await log.commit(appendOf(bob, 0, ...usernames(3)))
      expect(seqs(await log.read(ann, 0, 4))).toEqual([1, 2, 3, 4])
      expect(seqs(await log.read(ann, 4, 4))).toEqual([5, 6, 7, 8])
      expect(seqs(await log.read(ann, 8, 4))).toEqual([9, 10])
      expect(await log.read(ann, 10, 4)).toEqual([])
      expect(await log.read(ann, 99, 4)).toEqual([])
    })
  })

  describe('scans', () => {
    it('have every event once, each stream’s in order', async () => {
      const { log } = await using(open)
      for (const seq of [0, 1, 2, 3]) {
        await log.commit(
          commitOf({
            appends: [append(ann, seq, username(`a${seq}`)), append(bob, seq * 2, ...usernames(2))],
          }),
        )
      }
      const events = await scanAll(log)
      expect(events).toHaveLength(12)
      expect(seqs(events.filter(({ stream }) => stream === ann))).toEqual(upTo(4))
      expect(seqs(events.filter(({ stream }) => stream === bob))).toEqual(upTo(8))
      expect(events.filter(({ stream }) => stream === ann)).toEqual(await log.read(ann, 0, 10))
    })

    it('divide into parts, each stream wholly in one of them', async () => {
      const { log, reader } = await using(open)
      const streams = times(30, (n) => userStream(TENANT, `u${n}`))
      await Promise.all(streams.map((stream) => log.commit(appendOf(stream, 0, ...usernames(3)))))
      const follower = await reader()
      const parts = await Promise.all(times(4, (index) => scanPart(follower, { index, of: 4 })))
      expect(parts.flat()).toHaveLength(90)
      for (const stream of streams) {
        const found = parts.map((events) => events.filter((event) => event.stream === stream))
        expect(found.filter(({ length }) => length > 0)).toEqual([await log.read(stream, 0, 10)])
      }
    })

    it('have every event however long they are', async () => {
      const { log } = await using(open)
      const long = 'x'.repeat(MAX_PART_BYTES / 2)
      await Promise.all(
        times(30, (n) =>
          log.commit(appendOf(userStream(TENANT, `u${n}`), 0, username(long), username('short'))),
        ),
      )
      for (let n = 0; n < 12; n += 1) await log.commit(appendOf(ann, n * 90, ...usernames(90)))
      const events = await scanAll(log, 2)
      expect(events).toHaveLength(60 + 12 * 90)
      expect(seqs(events.filter(({ stream }) => stream === ann))).toEqual(upTo(12 * 90))
    })

    it('include what was acknowledged to anyone before the question', async () => {
      const { log, another, reader } = await using(open)
      const other = await another()
      const third = await reader()
      for (const seq of [0, 1, 2, 3, 4]) {
        await other.commit(appendOf(ann, seq, username('a')))
        expect(await log.seqs([ann])).toEqual([seq + 1])
        expect(seqs(await third.read(ann, seq, 10))).toEqual([seq + 1])
        expect(await scanAll(third)).toHaveLength(seq + 1)
      }
    })
  })
}
