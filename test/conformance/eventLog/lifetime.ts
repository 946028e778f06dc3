import { describe, expect, it } from 'vitest'
import { userStream } from '../../../src/domain/streams.ts'
import type { LogReader } from '../../../src/log/EventLog.ts'
import {
  ann,
  append,
  appendOf,
  claimOf,
  commitOf,
  kinds,
  record,
  scanAll,
  TENANT,
  times,
  upTo,
  username,
} from './commits.ts'
import { type OpenFixture, using } from './fixture.ts'

export function describeLifetime(open: OpenFixture): void {
  describe('opening', () => {
    it('finds everything again', async () => {
      const { log, another } = await using(open)
      await log.commit(
        commitOf({
          appends: [append(ann, 0, username('a'))],
          claims: [claimOf('1', 'a')],
          idempotency: [record('k')],
        }),
      )
      const before = { head: await log.head(ann), all: await scanAll(log) }
      await log.close()
      const again = await another()
      expect({ head: await again.head(ann), all: await scanAll(again) }).toEqual(before)
      expect(await again.claimOwner(TENANT, 'username', 'a')).toBe('1')
      expect(await again.recall(TENANT, 'k')).toEqual(record('k'))
      expect(await again.commit(appendOf(ann, 1, username('b')))).toMatchObject({
        kind: 'committed',
        written: [[ann, 2]],
      })
    })

    it('gives every process the same epoch and secret, and each log its own', async () => {
      const { log, another, reader } = await using(open)
      const { log: foreign } = await using(open)
      for (const same of [await another(), await reader()]) {
        expect({ epoch: same.epoch, secret: same.secret }).toEqual({ epoch: log.epoch, secret: log.secret })
      }
      expect(foreign.epoch).not.toBe(log.epoch)
      expect(foreign.secret).not.toBe(log.secret)
      expect(Buffer.from(log.secret, 'base64url')).toHaveLength(32)
    })

    it('is possible for a reader when nobody writes', async () => {
      const { log, reader } = await using(open)
      await log.commit(appendOf(ann, 0, username('a')))
      await log.close()
      const alone = await reader()
      expect((await alone.head(ann)).seq).toBe(1)
      expect(alone.capabilities).toEqual(log.capabilities)
    })
  })

  describe('closing', () => {
    it('finishes the commits that are under way', async () => {
      const { log, another } = await using(open)
      const commits = times(300, (n) => log.commit(appendOf(userStream(TENANT, `u${n}`), 0, username('x'))))
      await log.close()
      expect(new Set(kinds(await Promise.all(commits)))).toEqual(new Set(['committed']))
      const again = await another()
      expect(await scanAll(again)).toHaveLength(300)
    })

    it('makes every later call reject, and may be repeated', async () => {
      const { log, reader } = await using(open)
      const alsoClosed = await reader()
      await Promise.all([log.close(), log.close(), alsoClosed.close()])
      await log.close()
      await expect(log.commit(commitOf({}))).rejects.toThrow()
      for (const closed of [log, alsoClosed]) {
        for (const call of everyRead(closed)) await expect(call()).rejects.toThrow('closed')
      }
    })

    it('of one leaves the others open', async () => {
      const { log, another } = await using(open)
      const other = await another()
      await log.commit(appendOf(ann, 0, username('a')))
      await log.close()
      await other.commit(appendOf(ann, 1, username('b')))
      expect((await other.read(ann, 0, 10)).map(({ seq }) => seq)).toEqual(upTo(2))
    })
  })
}

const everyRead = (log: LogReader): (() => Promise<unknown>)[] => [
  () => log.head(ann),
  () => log.seqs([ann]),
  () => log.claimOwner(TENANT, 'username', 'a'),
  () => log.recall(TENANT, 'k'),
  () => log.read(ann, 0, 1),
  () => log.scanPart({ index: 0, of: 1 }, null),
  () => log.streams(TENANT, null, 1),
  () => log.readAll([ann]),
  () => log.readRanges([{ stream: ann, after: 0, limit: 1 }]),
]
