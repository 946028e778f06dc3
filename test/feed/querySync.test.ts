import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../src/domain/events.ts'
import { userStream } from '../../src/domain/streams.ts'
import { applyEvents, LogHole, querySync } from '../../src/feed/querySync.ts'
import { asLog, MemoryLog, MemoryViews } from './fakes.ts'

const logOf = (users: readonly number[]): MemoryLog => {
  const log = new MemoryLog()
  for (const user of users) log.append('acme', `u${user}`)
  return log
}

/** Each event of the log once, in the order of its stream, and nothing else. */
function expectWhole(views: MemoryViews, log: MemoryLog): void {
  const wanted = new Map<string, RecordedEvent[]>()
  for (const event of log.events) wanted.set(event.stream, [...(wanted.get(event.stream) ?? []), event])
  expect(views.rows).toEqual(wanted)
}

test('any order of delivery, with duplicates, ends in the same views', async () => {
  const world = fc
    .array(fc.nat(4), { minLength: 1, maxLength: 40 })
    .chain((users) =>
      fc.tuple(
        fc.constant(users),
        fc.array(fc.array(fc.nat(users.length - 1), { maxLength: 15 }), { maxLength: 15 }),
      ),
    )
  await fc.assert(
    fc.asyncProperty(world, async ([users, deliveries]) => {
      const log = logOf(users)
      const views = new MemoryViews()
      for (const delivery of deliveries) {
        const events = delivery.flatMap((index) => log.events[index] ?? [])
        await applyEvents(asLog(log), views, events)
        for (const { stream, seq } of events)
          expect(views.rows.get(stream)?.length).toBeGreaterThanOrEqual(seq)
      }
      await applyEvents(asLog(log), views, log.events.toReversed())
      expectWhole(views, log)
    }),
    { numRuns: 200 },
  )
})

test('several at once, in batches of any size, apply each event once', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(4), { maxLength: 40 }), sizes, async (users, batches) => {
      const log = logOf(users)
      const views = new MemoryViews()
      const ends = await Promise.all(batches.map((batch) => querySync(asLog(log), views, { batch })))
      expect(new Set(ends)).toEqual(new Set(['level']))
      expectWhole(views, log)
    }),
    { numRuns: 100 },
  )
})

test('batches are bounded, in order, and told of with the place they began at', async () => {
  const log = logOf([1, 2, 3, 1, 2])
  const told: unknown[] = []
  await querySync(asLog(log), new MemoryViews(), {
    batch: 2,
    onBatch: ({ after, events, applied, level }) => {
      told.push([after, events.length, applied.position, level])
    },
  })
  expect(told).toEqual([
    [0, 2, 2, false],
    [2, 2, 4, false],
    [4, 1, 5, true],
  ])
})

test('it stops between batches, and goes on from there', async () => {
  const log = logOf([1, 2, 3, 4, 5])
  const views = new MemoryViews()
  let batches = 0
  const options = { batch: 2, stopped: () => batches === 1, onBatch: () => void batches++ }
  expect(await querySync(asLog(log), views, options)).toBe('stopped')
  expect(await views.position()).toBe(2)
  expect(await querySync(asLog(log), views)).toBe('level')
  expectWhole(views, log)
})

test('a quarantined stream holds nobody else up', async () => {
  const log = logOf([1, 2, 1, 2, 1, 2])
  const views = new MemoryViews()
  views.poisoned.set(userStream('acme', 'u1'), 2)
  expect(await querySync(asLog(log), views, { batch: 2 })).toBe('level')
  expect(views.rows.get(userStream('acme', 'u1'))?.length).toBe(1)
  expect(views.rows.get(userStream('acme', 'u2'))?.length).toBe(3)
})

test('an event that the log has lost is never stepped over', async () => {
  const log = logOf([1, 1, 1])
  log.events.splice(1, 1)
  await expect(querySync(asLog(log), new MemoryViews())).rejects.toThrow(LogHole)
})

describe('a load', () => {
  const LONG = 20_001
  const users = Array.from({ length: LONG }, (_, i) => i)

  test('is begun before a long log, and finished before the views are called level', async () => {
    const [log, views] = [longLog(), new MemoryViews()]
    const levels: boolean[] = []
    const onBatch = ({ level }: { level: boolean }) => void levels.push(level)
    expect(await querySync(asLog(log), views, { onBatch })).toBe('level')
    expect(levels).toEqual([false])
    expect([await views.position(), await views.isLoading()]).toEqual([LONG, false])
  })

  test('that was left half-way is finished by whoever comes next, with what has come meanwhile', async () => {
    const [log, views] = [longLog(), new MemoryViews()]
    let steps = 0
    const stopped = () => views.stepsToGo > 0 && ++steps === 2
    expect(await querySync(asLog(log), views, { stopped })).toBe('stopped')
    expect(await views.isLoading()).toBe(true)
    log.append('acme', 'late')
    expect(await querySync(asLog(log), views)).toBe('level')
    expect([await views.position(), await views.isLoading()]).toEqual([LONG + 1, false])
  })

  function longLog(): MemoryLog {
    const log = new MemoryLog()
    for (const user of users) log.add('acme', `u${user}`, 1)
    return log
  }
})
