import { describe, expect, it } from 'vitest'
import type { RecordedEvent } from '../../../src/domain/events.ts'
import { TENANTS_STREAM, userStream } from '../../../src/domain/streams.ts'
import {
  ann,
  append,
  appendOf,
  bob,
  commitOf,
  scanAll,
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

    it('come in commit order, with positions that only grow', async () => {
      const { log } = await using(open)
      if (!log.capabilities.totalOrder) return
      const commits = times(20, (n) =>
        appendOf(userStream(TENANT, `u${n % 5}`), Math.floor(n / 5), username(`${n}`)),
      )
      for (const commit of commits) {
        const outcome = await log.commit(commit)
        expect(outcome).toMatchObject({ kind: 'committed', position: await log.position() })
      }
      const events = await scanAll(log)
      expect(events.map(({ event }) => event)).toEqual(times(20, (n) => username(`${n}`)))
      expect(new Set(events.map(({ position }) => position)).size).toBe(20)
      expect(events.map(({ position }) => position)).toEqual(
        events.map(({ position }) => position).sort((a, b) => a - b),
      )
      expect(events.at(-1)?.position).toBe(await log.position())
    })

    it('have nothing inserted behind them while others write', async () => {
      const { log, another, reader } = await using(open)
      if (!log.capabilities.totalOrder) return
      const logs = [log, await another()]
      const follower = await reader()
      const seen: RecordedEvent[] = []
      let writing = true
      const follow = async () => {
        for (;;) {
          const last = !writing
          const events = await follower.scan(seen.at(-1)?.position ?? 0, 10)
          seen.push(...events)
          if (events.length === 0 && last) return
          await new Promise(setImmediate)
        }
      }
      const write = async (writer: number) => {
        for (const seq of times(15, (n) => n)) {
          await logs[writer % 2]?.commit(
            appendOf(userStream(TENANT, `w${writer}`), seq, username(`${writer}/${seq}`)),
          )
        }
      }
      const following = follow()
      await Promise.all(times(8, write))
      writing = false
      await following
      expect(seen).toEqual(await scanAll(log, 1000))
      expect(seen).toHaveLength(8 * 15)
    })

    it('include what was acknowledged to anyone before the question', async () => {
      const { log, another, reader } = await using(open)
      const other = await another()
      const third = await reader()
      for (const seq of [0, 1, 2, 3, 4]) {
        await other.commit(appendOf(ann, seq, username('a')))
        expect(await log.seqs([ann])).toEqual([seq + 1])
        expect(seqs(await third.read(ann, seq, 10))).toEqual([seq + 1])
        expect(await third.scan(0, 100)).toHaveLength(seq + 1)
        expect(await third.position()).toBe(await other.position())
      }
    })
  })

  describe('scans of a tenant', () => {
    it('have its events, and no other’s', async () => {
      const { log } = await using(open)
      const elsewhere = userStream('other', 'ann')
      for (const seq of [0, 1, 2, 3]) {
        await log.commit(appendOf(ann, seq, username(`${seq}`)))
        await log.commit(appendOf(elsewhere, seq, username(`other ${seq}`)))
      }
      for (const [tenant, stream] of [
        [TENANT, ann],
        ['other', elsewhere],
      ] as const) {
        const events = await scanAll(log, 3, (after, limit) => log.scanTenant(tenant, after, limit))
        expect(events).toEqual(await log.read(stream, 0, 10))
      }
      expect(await log.scanTenant('nobody', 0, 10)).toEqual([])
      expect(await log.scanTenant('', 0, 10)).toEqual([])
    })

    it('never have the stream of the tenants, which a full scan has', async () => {
      const { log } = await using(open)
      await log.commit(appendOf(TENANTS_STREAM, 0, { type: 'SetTenant', tenantId: TENANT, name: 'Acme' }))
      await log.commit(appendOf(ann, 0, username('a')))
      expect((await log.scanTenant(TENANT, 0, 10)).map(({ stream }) => stream)).toEqual([ann])
      expect(await log.scanTenant('', 0, 10)).toEqual([])
      expect((await log.scan(0, 10)).map(({ stream }) => stream)).toEqual([TENANTS_STREAM, ann])
    })
  })
}
