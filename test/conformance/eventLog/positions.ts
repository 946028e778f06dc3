import { describe, expect, it } from 'vitest'
import type { RecordedEvent } from '../../../src/domain/events.ts'
import { TENANTS_STREAM, userStream } from '../../../src/domain/streams.ts'
import type { LogCommit, OrderedLogReader } from '../../../src/log/EventLog.ts'
import {
  ann,
  append,
  appendOf,
  bob,
  commitOf,
  META,
  scanAll,
  TENANT,
  times,
  username,
  usernames,
} from './commits.ts'
import { type OpenFixture, type OrderedFixture, using } from './fixture.ts'

const at = (time: string, commit: Partial<LogCommit>): LogCommit =>
  commitOf({ ...commit, meta: { ...META, at: `2030-01-01T00:00:${time}Z` } })

/** Every event in the log's order, page by page. */
async function inOrder(
  log: OrderedLogReader,
  page = 7,
  read: OrderedLogReader['scan'] = (after, limit) => log.scan(after, limit),
): Promise<RecordedEvent[]> {
  const all: RecordedEvent[] = []
  for (;;) {
    const events = await read(all.at(-1)?.position ?? 0, page)
    if (events.length === 0) return all
    all.push(...events)
  }
}

export function describePositions(open: OpenFixture<OrderedFixture>): void {
  describe('scans in commit order', () => {
    it('have nothing of an empty log', async () => {
      const { log } = await using(open)
      expect(log.capabilities.totalOrder).toBe(true)
      expect(await log.scan(0, 10)).toEqual([])
      expect(await log.position()).toBe(0)
    })

    it('have what a scan of all parts has', async () => {
      const { log } = await using(open)
      for (const seq of [0, 1, 2, 3]) {
        await log.commit(
          commitOf({
            appends: [append(ann, seq, username(`a${seq}`)), append(bob, seq * 2, ...usernames(2))],
          }),
        )
      }
      expect(new Set(await inOrder(log))).toEqual(new Set(await scanAll(log, 2)))
    })

    it('have the same events when they are read one after the other, each time anew', async () => {
      const { log } = await using(open)
      const users = times(22, (n) => userStream(TENANT, `${n}`))
      await Promise.all(users.map((user) => log.commit(appendOf(user, 0, ...usernames(99)))))
      const lazily = log.scanLazily(1, 2_100)
      const all = await log.scan(1, 3_000)
      expect(all).toHaveLength(22 * 99 - 1)
      expect([...lazily]).toEqual(all.slice(0, 2_100))
      expect([...lazily]).toEqual(all.slice(0, 2_100))
      expect([...log.scanLazily(1, 3_000)]).toEqual(all)
    })

    it('come in commit order, with positions that only grow', async () => {
      const { log } = await using(open)
      const commits = times(20, (n) =>
        appendOf(userStream(TENANT, `u${n % 5}`), Math.floor(n / 5), username(`${n}`)),
      )
      for (const commit of commits) {
        const outcome = await log.commit(commit)
        expect(outcome).toMatchObject({ kind: 'committed', position: await log.position() })
      }
      const events = await inOrder(log)
      expect(events.map(({ event }) => event)).toEqual(times(20, (n) => username(`${n}`)))
      expect(new Set(events.map(({ position }) => position)).size).toBe(20)
      expect(events.map(({ position }) => position)).toEqual(
        events.map(({ position }) => position).sort((a, b) => a - b),
      )
      expect(events.at(-1)?.position).toBe(await log.position())
    })

    it('have nothing inserted behind them while others write', async () => {
      const { log, another, reader } = await using(open)
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
      expect(seen).toEqual(await inOrder(log, 1000))
      expect(seen).toHaveLength(8 * 15)
    })

    it('include what was acknowledged to anyone before the question', async () => {
      const { another, reader } = await using(open)
      const other = await another()
      const third = await reader()
      for (const seq of [0, 1, 2, 3, 4]) {
        await other.commit(appendOf(ann, seq, username('a')))
        expect(await third.scan(0, 100)).toHaveLength(seq + 1)
        expect(await third.position()).toBe(await other.position())
      }
    })

    it('reject once the log is closed', async () => {
      const { log } = await using(open)
      await log.close()
      const calls = [log.scan(0, 1), log.scanTenant(TENANT, 0, 1), log.position(), log.positionAt(0)]
      for (const call of calls) await expect(call).rejects.toThrow('closed')
      expect(() => [...log.scanLazily(0, 1)]).toThrow('closed')
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
        const events = await inOrder(log, 3, (after, limit) => log.scanTenant(tenant, after, limit))
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

  describe('the position at a time', () => {
    it('is 0 before the first commit, and of an empty log', async () => {
      const { log } = await using(open)
      const before = Date.now()
      expect(await log.positionAt(before)).toBe(0)
      await log.commit(at('10.000', { appends: [append(ann, 0, username('a'))] }))
      await log.commit(at('10.000', { appends: [append(ann, 1, username('b'))] }))
      expect(await log.positionAt(before - 1)).toBe(0)
      expect(await log.positionAt(0)).toBe(0)
    })

    it('has nothing before it that was committed later, whatever the events say, and grows', async () => {
      const { log, another, reader } = await using(open)
      const logs = [log, await another()]
      const written: { began: number; position: number }[] = []
      for (const seq of times(12, (n) => n)) {
        const began = Date.now()
        // In 2030, and backwards.
        const commit = at(`${50 - seq}.000`, { appends: [append(ann, seq, username('a'))] })
        const outcome = await logs[seq % 2]?.commit(commit)
        if (outcome?.kind !== 'committed') throw new Error('it lost')
        written.push({ began, position: outcome.position })
      }
      const follower = await reader()
      for (const { began, position } of written) {
        expect(await follower.positionAt(began - 1)).toBeLessThan(position)
      }
      const now = await follower.positionAt(Date.now())
      expect(now).toBeGreaterThanOrEqual(written.at(-2)?.position ?? 0)
      expect(now).toBeLessThanOrEqual(await log.position())
    })
  })
}
