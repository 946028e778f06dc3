import { describe, expect, it } from 'vitest'
import {
  groupStream,
  membersStream,
  profileStream,
  type StreamName,
  TENANTS_STREAM,
  userStream,
} from '../../../src/domain/streams.ts'
import type { LogReader } from '../../../src/log/EventLog.ts'
import {
  ann,
  append,
  appendOf,
  bob,
  commitOf,
  seqs,
  TENANT,
  times,
  upTo,
  username,
  usernames,
} from './commits.ts'
import { type OpenFixture, using } from './fixture.ts'

const user = (n: number): StreamName => userStream(TENANT, `u${n}`)

async function enumerate(
  log: LogReader,
  limit: number,
  between: (page: number) => Promise<unknown> = async () => {},
): Promise<StreamName[]> {
  const names: StreamName[] = []
  let after: string | null = null
  for (let page = 1; ; page += 1) {
    const { streams, next } = await log.streams(TENANT, after, limit)
    expect(streams.length).toBeLessThanOrEqual(limit)
    names.push(...streams)
    if (next === null) return names
    after = next
    await between(page)
  }
}

export function describeStreams(open: OpenFixture): void {
  describe('the names of a tenant’s streams', () => {
    it('come each once, whatever the page, in an order that does not change', async () => {
      const { log, reader } = await using(open)
      const all = [
        ann,
        profileStream(TENANT, 'ann'),
        groupStream(TENANT, 'ann'),
        membersStream(TENANT, 'g'),
        user(1),
      ]
      for (const stream of all) await log.commit(appendOf(stream, 0, ...usernames(2)))
      const whole = await enumerate(log, 100)
      expect(new Set(whole)).toEqual(new Set(all))
      expect(whole).toHaveLength(all.length)
      for (const limit of [1, 2, 3, 5]) expect(await enumerate(await reader(), limit)).toEqual(whole)
    })

    it('come with their seqs', async () => {
      const { log, reader } = await using(open)
      const all = times(5, user)
      for (const [n, stream] of all.entries()) await log.commit(appendOf(stream, 0, ...usernames(n + 1)))
      await log.commit(appendOf(user(0), 1, ...usernames(7)))
      for (const limit of [2, 100]) {
        const { streams, seqs } = await (await reader()).streams(TENANT, null, limit)
        expect(seqs).toEqual(await log.seqs(streams))
      }
    })

    it('are of no other tenant, nor of none', async () => {
      const { log } = await using(open)
      const others = [`${TENANT}2`, `${TENANT}-2`, 'a', TENANT.toUpperCase(), `x${TENANT}`]
      for (const tenant of others) await log.commit(appendOf(userStream(tenant, 'ann'), 0, username('a')))
      await log.commit(appendOf(TENANTS_STREAM, 0, { type: 'SetTenant', tenantId: TENANT, name: 'Acme' }))
      await log.commit(appendOf(ann, 0, username('a')))
      expect(await enumerate(log, 1)).toEqual([ann])
      expect(await log.streams('nobody', null, 10)).toEqual({ streams: [], seqs: [], next: null })
    })

    it('that were there at the beginning all come, while streams begin and grow', async () => {
      const { log } = await using(open)
      const first = times(20, (n) => user(n * 10))
      await Promise.all(first.map((stream) => log.commit(appendOf(stream, 0, username('a')))))
      const names = await enumerate(log, 3, async (page) => {
        await Promise.all([
          log.commit(appendOf(user(page * 17 + 1), 0, username('a'))),
          log.commit(appendOf(user(page * 10), 1, username('b'))),
        ])
      })
      expect(names.filter((name) => first.includes(name)).sort()).toEqual([...first].sort())
      expect(new Set(names).size).toBe(names.length)
    })
  })

  describe('reading many streams whole', () => {
    it('has each one’s events as `read` has them, in the order asked for', async () => {
      const { log, reader } = await using(open)
      await log.commit(
        commitOf({ appends: [append(ann, 0, ...usernames(3)), append(bob, 0, ...usernames(2))] }),
      )
      await log.commit(
        commitOf({ appends: [append(bob, 2, username('b')), append(user(1), 0, username('u'))] }),
      )
      await log.commit(appendOf(ann, 3, username('a')))
      const asked = [user(1), user(2), bob, ann]
      const all = await (await reader()).readAll(asked)
      expect(all.map(seqs)).toEqual([[1], [], upTo(3), upTo(4)])
      for (const [index, stream] of asked.entries()) expect(all[index]).toEqual(await log.read(stream, 0, 10))
    })

    it('takes none, the same one twice, and five hundred', async () => {
      const { log } = await using(open)
      const many = times(500, user)
      await Promise.all(many.map((stream, n) => log.commit(appendOf(stream, 0, username(`${n}`)))))
      expect(await log.readAll([])).toEqual([])
      expect((await log.readAll([user(7), user(7)])).map(seqs)).toEqual([[1], [1]])
      const all = await log.readAll(many)
      expect(all.flat().map(({ stream }) => stream)).toEqual(many)
    })
  })
  describe('reading ranges of many streams', () => {
    it('has what `read` has of each, in the order asked for, one stream as often as it is named', async () => {
      const { log, reader } = await using(open)
      await log.commit(
        commitOf({ appends: [append(ann, 0, ...usernames(5)), append(bob, 0, ...usernames(3))] }),
      )
      const ranges = [
        { stream: bob, after: 1, limit: 10 },
        { stream: ann, after: 3, limit: 1 },
        { stream: ann, after: 0, limit: 2 },
        { stream: user(1), after: 0, limit: 2 },
        { stream: ann, after: 5, limit: 2 },
        { stream: bob, after: 0, limit: 0 },
        { stream: ann, after: 2, limit: 2 },
      ]
      const found = await (await reader()).readRanges(ranges)
      expect(found.map(seqs)).toEqual([[2, 3], [4], [1, 2], [], [], [], [3, 4]])
      for (const [i, { stream, after, limit }] of ranges.entries())
        expect(found[i]).toEqual(await log.read(stream, after, limit))
      expect(await log.readRanges([])).toEqual([])
    })
  })
}
