import { describe, expect, it } from 'vitest'
import type { LogCommit } from '../../../src/log/EventLog.ts'
import { ann, append, bob, commitOf, META, scanAll, username } from './commits.ts'
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
      expect(secondsOf(await scanAll(log))).toEqual(raised)
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
      const scanned = await scanAll(log)
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
}
