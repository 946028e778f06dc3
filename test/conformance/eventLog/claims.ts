import { describe, expect, it } from 'vitest'
import { userStream } from '../../../src/domain/streams.ts'
import {
  ann,
  append,
  bob,
  claimOf,
  commitOf,
  count,
  record,
  scanAll,
  TENANT,
  times,
  username,
} from './commits.ts'
import { type OpenFixture, using } from './fixture.ts'

export function describeClaims(open: OpenFixture): void {
  describe('claims', () => {
    it('belong to whoever took them first', async () => {
      const { log } = await using(open)
      expect(await log.claimOwner(TENANT, 'username', 'ann')).toBeNull()
      await log.commit(commitOf({ claims: [claimOf('1', 'ann')] }))
      expect(await log.claimOwner(TENANT, 'username', 'ann')).toBe('1')
    })

    it('refuse a second owner, and nothing of that commit happens', async () => {
      const { log } = await using(open)
      await log.commit(commitOf({ claims: [claimOf('1', 'ann'), claimOf('2', 'bob')] }))
      const rival = commitOf({
        appends: [append(bob, 0, username('ann'))],
        claims: [claimOf('2', 'free'), claimOf('2', 'ann')],
        releases: [claimOf('2', 'bob')],
        idempotency: [record('k')],
      })
      expect(await log.commit(rival)).toEqual({ kind: 'taken', claim: claimOf('2', 'ann') })
      expect(await log.seqs([bob])).toEqual([0])
      expect(await log.claimOwner(TENANT, 'username', 'ann')).toBe('1')
      expect(await log.claimOwner(TENANT, 'username', 'bob')).toBe('2')
      expect(await log.claimOwner(TENANT, 'username', 'free')).toBeNull()
      expect(await log.recall(TENANT, 'k')).toBeNull()
    })

    it('may be taken again by their owner', async () => {
      const { log } = await using(open)
      const commit = commitOf({ claims: [claimOf('1', 'ann')] })
      await log.commit(commit)
      expect(await log.commit(commit)).toMatchObject({ kind: 'committed' })
      expect(await log.claimOwner(TENANT, 'username', 'ann')).toBe('1')
    })

    it('let one of forty have a name', async () => {
      const { log, another } = await using(open)
      const other = await another()
      const outcomes = await Promise.all(
        times(40, (n) =>
          (n % 2 === 0 ? log : other).commit(
            commitOf({
              appends: [append(userStream(TENANT, `u${n}`), 0, username('ann'))],
              claims: [claimOf(`u${n}`, 'ann')],
            }),
          ),
        ),
      )
      expect(count(outcomes, 'committed')).toBe(1)
      expect(count(outcomes, 'taken')).toBe(39)
      const winner = outcomes.findIndex(({ kind }) => kind === 'committed')
      expect(await log.claimOwner(TENANT, 'username', 'ann')).toBe(`u${winner}`)
      expect((await scanAll(log)).map(({ stream }) => stream)).toEqual([userStream(TENANT, `u${winner}`)])
    })

    it('of other kinds, tenants and spellings are other names', async () => {
      const { log } = await using(open)
      const claims = [
        claimOf('1', 'ann'),
        claimOf('2', 'ann', 'email'),
        claimOf('3', 'ann', 'groupName'),
        claimOf('4', 'ann', 'username', 'other'),
        claimOf('5', 'Ann'),
        claimOf('6', 'ann '),
        claimOf('7', 'añn'),
      ]
      expect(await log.commit(commitOf({ claims }))).toMatchObject({ kind: 'committed' })
      for (const { tenant, kind, value, owner } of claims) {
        expect(await log.claimOwner(tenant, kind, value)).toBe(owner)
      }
    })

    it('asked twice in one commit by two owners are taken', async () => {
      const { log } = await using(open)
      const commit = commitOf({ claims: [claimOf('1', 'ann'), claimOf('2', 'ann')] })
      expect(await log.commit(commit)).toEqual({ kind: 'taken', claim: claimOf('2', 'ann') })
      expect(await log.claimOwner(TENANT, 'username', 'ann')).toBeNull()
    })
  })

  describe('releases', () => {
    it('free a name for others', async () => {
      const { log } = await using(open)
      await log.commit(commitOf({ claims: [claimOf('1', 'ann')] }))
      await log.commit(commitOf({ releases: [claimOf('1', 'ann')] }))
      expect(await log.claimOwner(TENANT, 'username', 'ann')).toBeNull()
      expect(await log.commit(commitOf({ claims: [claimOf('2', 'ann')] }))).toMatchObject({
        kind: 'committed',
      })
    })

    it('of what one does not hold do nothing', async () => {
      const { log } = await using(open)
      await log.commit(commitOf({ claims: [claimOf('1', 'ann')] }))
      const releases = [claimOf('2', 'ann'), claimOf('2', 'nobody'), claimOf('1', 'ann', 'email')]
      expect(await log.commit(commitOf({ releases }))).toMatchObject({ kind: 'committed' })
      expect(await log.claimOwner(TENANT, 'username', 'ann')).toBe('1')
    })

    it('come before the claims of their commit: a rename, also to the same name', async () => {
      const { log } = await using(open)
      await log.commit(commitOf({ claims: [claimOf('1', 'a')] }))
      await log.commit(commitOf({ releases: [claimOf('1', 'a')], claims: [claimOf('1', 'a')] }))
      expect(await log.claimOwner(TENANT, 'username', 'a')).toBe('1')
      await log.commit(commitOf({ releases: [claimOf('1', 'a')], claims: [claimOf('1', 'b')] }))
      expect(await log.claimOwner(TENANT, 'username', 'a')).toBeNull()
      expect(await log.claimOwner(TENANT, 'username', 'b')).toBe('1')
    })

    it('hand a name over in one commit', async () => {
      const { log } = await using(open)
      await log.commit(commitOf({ claims: [claimOf('1', 'a')] }))
      const handOver = commitOf({ releases: [claimOf('1', 'a')], claims: [claimOf('2', 'a')] })
      expect(await log.commit(handOver)).toMatchObject({ kind: 'committed' })
      expect(await log.claimOwner(TENANT, 'username', 'a')).toBe('2')
    })

    it('by a stranger hand nothing over', async () => {
      const { log } = await using(open)
      await log.commit(commitOf({ claims: [claimOf('1', 'a')] }))
      const theft = commitOf({ releases: [claimOf('2', 'a')], claims: [claimOf('2', 'a')] })
      expect(await log.commit(theft)).toEqual({ kind: 'taken', claim: claimOf('2', 'a') })
      expect(await log.claimOwner(TENANT, 'username', 'a')).toBe('1')
    })
  })

  describe('a lost race', () => {
    it('is told before a name that is taken: the retry of a request meets its own claims', async () => {
      const { log } = await using(open)
      await log.commit(
        commitOf({
          appends: [append(ann, 0, username('a'))],
          claims: [claimOf('1', 'a')],
          idempotency: [record('k')],
        }),
      )
      const byHead = commitOf({ appends: [append(ann, 0, username('a'))], claims: [claimOf('2', 'a')] })
      const byKey = commitOf({ claims: [claimOf('2', 'a')], idempotency: [record('k')] })
      expect(await log.commit(byHead)).toEqual({ kind: 'conflict' })
      expect(await log.commit(byKey)).toEqual({ kind: 'conflict' })
    })

    it('takes and releases nothing', async () => {
      const { log } = await using(open)
      await log.commit(commitOf({ claims: [claimOf('1', 'a')] }))
      const late = commitOf({
        appends: [append(ann, 7, username('a'))],
        releases: [claimOf('1', 'a')],
        claims: [claimOf('1', 'b')],
      })
      expect(await log.commit(late)).toEqual({ kind: 'conflict' })
      expect(await log.claimOwner(TENANT, 'username', 'a')).toBe('1')
      expect(await log.claimOwner(TENANT, 'username', 'b')).toBeNull()
    })
  })
}
