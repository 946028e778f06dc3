import { describe, expect, it } from 'vitest'
import type { LogCommit } from '../../../src/log/EventLog.ts'
import { ann, append, bob, commitOf, META, times, username } from './commits.ts'
import { type OpenFixture, using } from './fixture.ts'

const at = (time: string, commit: Partial<LogCommit>): LogCommit =>
  commitOf({ ...commit, meta: { ...META, at: `2030-01-01T00:00:${time}Z` } })

const secondsOf = (events: readonly { meta: { at: string } }[]): string[] =>
  events.map(({ meta }) => meta.at.slice(17, -1))

export function describeTimes(open: OpenFixture): void {
  describe('times', () => {
    it('never run backwards within a stream', async () => {
      const { log } = await using(open)
      for (const [seq, time] of ['10.000', '09.999', '10.500', '01.000'].entries()) {
        await log.commit(at(time, { appends: [append(ann, seq, username('a'))] }))
      }
      const raised = ['10.000', '10.000', '10.500', '10.500']
      expect(secondsOf(await log.read(ann, 0, 10))).toEqual(raised)
      expect(secondsOf(await log.scan(0, 10))).toEqual(raised)
      expect(secondsOf((await log.head(ann)).latest)).toEqual(['10.500'])
    })

    it('are raised only in the stream that is ahead', async () => {
      const { log } = await using(open)
      await log.commit(at('10.000', { appends: [append(ann, 0, username('a'))] }))
      await log.commit(
        at('05.000', {
          appends: [append(ann, 1, username('b'), username('c')), append(bob, 0, username('d'))],
        }),
      )
      expect(secondsOf(await log.read(ann, 0, 10))).toEqual(['10.000', '10.000', '10.000'])
      expect(secondsOf(await log.read(bob, 0, 10))).toEqual(['05.000'])
      const scanned = await log.scan(0, 10)
      expect(secondsOf(scanned.filter(({ stream }) => stream === bob))).toEqual(['05.000'])
    })

    it('stay raised after the log was opened anew', async () => {
      const { log, another } = await using(open)
      await log.commit(at('10.000', { appends: [append(ann, 0, username('a'))] }))
      const later = await another()
      await later.commit(at('05.000', { appends: [append(ann, 1, username('b'))] }))
      expect(secondsOf(await later.read(ann, 1, 10))).toEqual(['10.000'])
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
      if (!log.capabilities.totalOrder) return
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
