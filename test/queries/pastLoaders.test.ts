import { expect, test } from 'vitest'
import { type StreamName, userStream } from '../../src/domain/streams.ts'
import { readStreams } from '../../src/ops/past.ts'
import { pastLoaders } from '../../src/queries/pastLoaders.ts'
import { Relations } from '../../src/queries/Relations.ts'

/** Answers on this thread, and takes a while. */
class SlowLog {
  readonly batches: (readonly StreamName[])[] = []

  async readAll(streams: readonly StreamName[]) {
    this.batches.push(streams)
    for (const end = performance.now() + 6; performance.now() < end; );
    return streams.map(() => [])
  }
  readRanges = async () => []
  scanTenant = async () => []
}

const loadersOf = (log: SlowLog) =>
  pastLoaders({ kept: log, journal: { end: async () => 0 }, relations: new Relations(log) }, 'acme')
const user = (n: number) => userStream('acme', `u${n}`)

test('what is asked in one tick is read together, and a stream once', async () => {
  const log = new SlowLog()
  const answer = loadersOf(log)
  await Promise.all([answer(readStreams([user(1), user(2)])), answer(readStreams([user(2), user(3)]))])
  await answer(readStreams([user(3), user(1)]))
  expect(log.batches).toEqual([[user(1), user(2), user(3)]])
})

test('a long read lets others run meanwhile', async () => {
  const log = new SlowLog()
  const answer = loadersOf(log)
  let turns = 0
  const others = setInterval(() => (turns += 1), 0)
  for (let n = 0; n < 20; n++) await answer(readStreams([user(n)]))
  clearInterval(others)
  expect(log.batches).toHaveLength(20)
  expect(turns).toBeGreaterThan(10)
})
