import { describe, expect, it } from 'vitest'
import type { LogCommit } from '../../../src/log/EventLog.ts'
import { ann, append, appendOf, bob, claimOf, commitOf, kinds, record, times, username } from './commits.ts'
import { type OpenFixture, using } from './fixture.ts'

const decidedOn = (commit: LogCommit, ...bases: LogCommit[]): LogCommit => ({ ...commit, after: bases })

/** Commits that were decided on others which were not known to be made then. */
export function describeBases(open: OpenFixture): void {
  describe('commits after others', () => {
    it('are made where those are', async () => {
      const { log } = await using(open)
      const chain: LogCommit[] = []
      for (const n of times(40, (n) => n)) {
        chain.push(decidedOn(appendOf(ann, n, username(`${n}`)), ...chain.slice(-1)))
      }
      const outcomes = await Promise.all(chain.map((commit) => log.commit(commit)))
      expect(new Set(kinds(outcomes))).toEqual(new Set(['committed']))
      expect(await log.seqs([ann])).toEqual([40])
    })

    it('lose with them, although another has brought the stream to where they expect it', async () => {
      const { log } = await using(open)
      await log.commit(appendOf(ann, 0, username('of another')))
      const base = appendOf(ann, 0, username('base'))
      const next = decidedOn(appendOf(ann, 1, username('next')), base)
      const last = decidedOn(appendOf(ann, 2, username('last')), next)
      const outcomes = await Promise.all([base, next, last].map((commit) => log.commit(commit)))
      expect(kinds(outcomes)).toEqual(['conflict', 'conflict', 'conflict'])
      expect(await log.seqs([ann])).toEqual([1])
    })

    it('lose with one that could not have its name, whatever they are about themselves', async () => {
      const { log } = await using(open)
      await log.commit(commitOf({ claims: [claimOf('other', 'ann')] }))
      const base = commitOf({ appends: [append(ann, 0, username('ann'))], claims: [claimOf('ann', 'ann')] })
      const elsewhere = decidedOn(appendOf(bob, 0, username('bob')), base)
      const keyed = decidedOn(commitOf({ idempotency: [record('k')] }), elsewhere)
      const independent = commitOf({ idempotency: [record('other')] })
      const outcomes = await Promise.all(
        [base, elsewhere, keyed, independent].map((commit) => log.commit(commit)),
      )
      expect(kinds(outcomes)).toEqual(['taken', 'conflict', 'conflict', 'committed'])
      expect(await log.seqs([ann, bob])).toEqual([0, 0])
      expect(await log.recall('acme', 'k')).toBeNull()
    })

    it('lose with one that is known to have lost by the time they are submitted', async () => {
      const { log } = await using(open)
      await log.commit(appendOf(ann, 0, username('of another')))
      const base = appendOf(ann, 0, username('base'))
      expect(await log.commit(base)).toEqual({ kind: 'conflict' })
      expect(await log.commit(decidedOn(appendOf(ann, 1, username('late')), base))).toEqual({
        kind: 'conflict',
      })
      expect(await log.commit(appendOf(ann, 1, username('of its own')))).toMatchObject({ kind: 'committed' })
    })

    it('are judged by themselves where those were made long ago', async () => {
      const { log } = await using(open)
      const base = appendOf(ann, 0, username('base'))
      await log.commit(base)
      expect(await log.commit(decidedOn(appendOf(ann, 1, username('next')), base))).toMatchObject({
        kind: 'committed',
      })
    })
  })
}
