import { expect, test, vi } from 'vitest'
import type { StreamName } from '../../src/domain/streams.ts'
import { CatchUp } from '../../src/feed/shared/CatchUp.ts'
import { seqsIn } from '../../src/feed/Waiters.ts'
import type { StreamRange } from '../../src/ops/past.ts'
import { MemoryLog, MemoryViews } from './fakes.ts'

const soon = (condition: () => boolean) => expect.poll(condition).toBe(true)

function world() {
  const log = new MemoryLog()
  const rows = new MemoryViews()
  const source = {
    read: vi.fn((stream: StreamName, after: number, limit: number) => log.read(stream, after, limit)),
    readRanges: vi.fn((ranges: readonly StreamRange[]) => log.readRanges(ranges)),
  }
  const views = {
    applied: async (streams: readonly StreamName[]) =>
      streams.map((stream) => rows.rows.get(stream)?.length ?? 0),
  }
  const onApplied = vi.fn()
  const onTrouble = vi.fn()
  const catchUp = new CatchUp({ log: source, views, writer: rows, onApplied, onTrouble })
  const has = (stream: StreamName) => rows.rows.get(stream)?.length ?? 0
  return { log, source, catchUp, onApplied, onTrouble, has, rows }
}

test('what is wanted during a round is read in the next one, all at once', async () => {
  const { log, source, catchUp, has } = world()
  const events = ['a', 'b', 'c', 'd'].map((user) => log.append('acme', user))
  for (const { stream } of events) catchUp.want([stream])
  await soon(() => events.every(({ stream }) => has(stream) === 1))
  expect(source.readRanges.mock.calls.map(([ranges]) => ranges.length)).toEqual([1, 3])
  await catchUp.close()
})

test('tenants do not wait for each other', async () => {
  const { log, source, catchUp, has } = world()
  const slow = log.append('acme', 'a')
  const quick = log.append('other', 'b')
  const { promise: opened, resolve: open } = Promise.withResolvers<void>()
  source.readRanges.mockImplementationOnce(async () => {
    await opened
    return [[slow]]
  })
  catchUp.want([slow.stream])
  await soon(() => source.readRanges.mock.calls.length === 1)
  catchUp.want([quick.stream])
  await soon(() => has(quick.stream) === 1)
  expect(has(slow.stream)).toBe(0)
  open()
  await soon(() => has(slow.stream) === 1)
  await catchUp.close()
})

test('a stream of any length, and any number of streams, are applied to their ends', async () => {
  const { log, catchUp, has } = world()
  const long = Array.from({ length: 4_500 }, (_, i) => log.add('acme', 'long', i + 1))
  const many = Array.from({ length: 450 }, (_, i) => log.add('acme', `u${i}`, 1))
  const streams = [...long.slice(0, 1), ...many].map(({ stream }) => stream)
  catchUp.want(streams)
  await soon(() => streams.every((stream, i) => has(stream) === (i === 0 ? 4_500 : 1)))
  await catchUp.close()
})

test('trouble is told, and who asks again is served', async () => {
  const { log, source, catchUp, onTrouble, has } = world()
  const { stream } = log.append('acme', 'a')
  source.readRanges.mockRejectedValueOnce(new Error('throttled'))
  catchUp.want([stream])
  await soon(() => onTrouble.mock.calls.length === 1)
  catchUp.want([stream])
  await soon(() => has(stream) === 1)
  await catchUp.close()
})

test('what a quarantine keeps out is not said to be applied', async () => {
  const { log, catchUp, onApplied, rows } = world()
  const [good, bad] = [log.append('acme', 'good'), log.append('acme', 'bad')]
  rows.poisoned.set(bad.stream, 1)
  catchUp.want([good.stream, bad.stream])
  await soon(() => onApplied.mock.calls.length === 1)
  const [applied, events] = onApplied.mock.calls[0] ?? []
  expect(applied).toMatchObject({ applied: 1 })
  expect(seqsIn(events, applied)).toBeNull()
  await catchUp.close()
})

test('held, it applies nothing until it is released; closed, nothing any more', async () => {
  const { log, source, catchUp, has } = world()
  const { stream } = log.append('acme', 'a')
  await catchUp.hold()
  catchUp.want([stream])
  await log.position()
  expect(source.readRanges).not.toHaveBeenCalled()
  catchUp.release()
  await soon(() => has(stream) === 1)
  await catchUp.close()
  catchUp.want([log.append('acme', 'a').stream])
  catchUp.release()
  expect(source.readRanges).toHaveBeenCalledTimes(1)
})
