import { describe, expect, it } from 'vitest'
import { userStream } from '../../../src/domain/streams.ts'
import {
  CommitTooLarge,
  type LogCommit,
  MAX_COMMIT_BYTES,
  MAX_COMMIT_ITEMS,
  MAX_PART_BYTES,
} from '../../../src/log/EventLog.ts'
import {
  ann,
  append,
  appendOf,
  claimOf,
  commitOf,
  record,
  scanAll,
  TENANT,
  times,
  username,
  usernames,
} from './commits.ts'
import { type OpenFixture, using } from './fixture.ts'

/** Commits of exactly so many items, each made of another kind of item. */
const OF_ITEMS: Readonly<Record<string, (items: number) => LogCommit>> = {
  events: (items) => appendOf(ann, 0, ...usernames(items - 1)),
  'events and heads': (items) =>
    commitOf({
      appends: times(Math.floor(items / 2), (n) => append(userStream(TENANT, `u${n}`), 0, username('x'))),
      idempotency: times(items % 2, (n) => record(`k${n}`)),
    }),
  checks: (items) =>
    commitOf({ checks: times(items, (n) => ({ stream: userStream(TENANT, `u${n}`), expected: 0 })) }),
  claims: (items) => commitOf({ claims: times(items, (n) => claimOf('1', `name${n}`)) }),
  releases: (items) => commitOf({ releases: times(items, (n) => claimOf('1', `name${n}`)) }),
  'idempotency records': (items) => commitOf({ idempotency: times(items, (n) => record(`k${n}`)) }),
}

export function describeLimits(open: OpenFixture): void {
  describe('limits', () => {
    it.each(Object.keys(OF_ITEMS))('take a commit full of %s, and no item more', async (kind) => {
      const { log } = await using(open)
      const full = OF_ITEMS[kind]
      if (full === undefined) throw new Error(kind)
      await expect(log.commit(full(MAX_COMMIT_ITEMS + 1))).rejects.toBeInstanceOf(CommitTooLarge)
      expect(await scanAll(log)).toEqual([])
      expect(await log.recall(TENANT, 'k0')).toBeNull()
      expect(await log.claimOwner(TENANT, 'username', 'name0')).toBeNull()
      expect(await log.commit(full(MAX_COMMIT_ITEMS))).toMatchObject({ kind: 'committed' })
    })

    it('are of bytes, not characters, for an event', async () => {
      const { log } = await using(open)
      const characters = MAX_PART_BYTES / 2
      await expect(log.commit(appendOf(ann, 0, username('ü'.repeat(characters))))).rejects.toBeInstanceOf(
        CommitTooLarge,
      )
      expect(await log.seqs([ann])).toEqual([0])
      const fitting = username('ü'.repeat(characters - 200))
      expect(await log.commit(appendOf(ann, 0, fitting))).toMatchObject({ kind: 'committed' })
      expect((await log.read(ann, 0, 1))[0]?.event).toEqual(fitting)
    })

    it('are of the result that is kept with an idempotency key', async () => {
      const { log } = await using(open)
      const of = (bytes: number) => commitOf({ idempotency: [record('k', 'x'.repeat(bytes))] })
      await expect(log.commit(of(MAX_PART_BYTES))).rejects.toBeInstanceOf(CommitTooLarge)
      expect(await log.commit(of(MAX_PART_BYTES - 10))).toMatchObject({ kind: 'committed' })
      expect((await log.recall(TENANT, 'k'))?.result).toHaveLength(MAX_PART_BYTES - 10)
    })

    it('take a commit full of items and bytes, and no byte more than that', async () => {
      const { log } = await using(open)
      const events = MAX_COMMIT_ITEMS - 2
      const longest = userStream('t'.repeat(63), 'i'.repeat(64))
      const full = (bytes: number) =>
        commitOf({
          appends: [append(longest, 0, ...times(events, () => username('x'.repeat(bytes))))],
          idempotency: [record('k', 'x'.repeat(bytes))],
        })
      const each = Math.floor(MAX_COMMIT_BYTES / (events + 1))
      await expect(log.commit(full(each))).rejects.toBeInstanceOf(CommitTooLarge)
      expect(await log.commit(full(each - 300))).toMatchObject({ kind: 'committed' })
      expect(await log.read(longest, 0, 1_000)).toHaveLength(events)
    })
  })
}
