import { describe, expect, it } from 'vitest'
import { userStream } from '../../../src/domain/streams.ts'
import { ann, append, bob, commitOf, count, record, scanAll, TENANT, times, username } from './commits.ts'
import { type OpenFixture, using } from './fixture.ts'

export function describeIdempotency(open: OpenFixture): void {
  describe('idempotency records', () => {
    it('are recalled as they were written, within their tenant', async () => {
      const { log } = await using(open)
      const records = [
        record('k1', null),
        record('k2', { a: [1, 'ü', { b: false }] }),
        record('k 3/ß', 'text'),
      ]
      await log.commit(commitOf({ appends: [append(ann, 0, username('a'))], idempotency: records }))
      for (const written of records) expect(await log.recall(TENANT, written.key)).toEqual(written)
      expect(await log.recall(TENANT, 'unknown')).toBeNull()
      expect(await log.recall('other', 'k1')).toBeNull()
    })

    it('may be written without events', async () => {
      const { log } = await using(open)
      const outcome = await log.commit(commitOf({ idempotency: [record('k')] }))
      expect(outcome).toEqual({ kind: 'committed', written: [], position: 0 })
      expect(await log.recall(TENANT, 'k')).toEqual(record('k'))
    })

    it('make the second commit with a key lose, whatever it wants', async () => {
      const { log } = await using(open)
      await log.commit(commitOf({ appends: [append(ann, 0, username('a'))], idempotency: [record('k')] }))
      const retry = commitOf({
        appends: [append(bob, 0, username('b'))],
        idempotency: [record('new'), record('k', 'another result')],
      })
      expect(await log.commit(retry)).toEqual({ kind: 'conflict' })
      expect(await log.seqs([bob])).toEqual([0])
      expect(await log.recall(TENANT, 'k')).toEqual(record('k'))
      expect(await log.recall(TENANT, 'new')).toBeNull()
    })

    it('of another tenant stand in nobody’s way', async () => {
      const { log } = await using(open)
      await log.commit(commitOf({ idempotency: [record('k')] }))
      const other = commitOf({ tenant: 'other', idempotency: [record('k', 2)] })
      expect(await log.commit(other)).toMatchObject({ kind: 'committed' })
      expect(await log.recall('other', 'k')).toEqual(record('k', 2))
    })

    it('let one of twenty commits with the same key win', async () => {
      const { log, another } = await using(open)
      const other = await another()
      const outcomes = await Promise.all(
        times(20, (n) =>
          (n % 2 === 0 ? log : other).commit(
            commitOf({
              appends: [append(userStream(TENANT, `u${n}`), 0, username('a'))],
              idempotency: [record('k', n)],
            }),
          ),
        ),
      )
      expect(count(outcomes, 'committed')).toBe(1)
      expect(count(outcomes, 'conflict')).toBe(19)
      const winner = outcomes.findIndex(({ kind }) => kind === 'committed')
      expect(await log.recall(TENANT, 'k')).toEqual(record('k', winner))
      expect(await scanAll(log)).toHaveLength(1)
    })
  })
}
