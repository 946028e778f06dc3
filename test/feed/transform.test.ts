import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordedEvent } from '../../src/domain/events.ts'
import { keysStream, type StreamName, userStream } from '../../src/domain/streams.ts'
import type { Publish } from '../../src/feed/aws/external/publishInOrder.ts'
import { LogUnavailable } from '../../src/log/EventLog.ts'
import { times, upTo } from '../conformance/eventLog/commits.ts'
import { validateEvent } from './eventSchemas.ts'
import { turn } from './fakes.ts'
import { batchOf, runOf, transformWorld } from './transformWorld.ts'

const [a, b] = [userStream('acme', 'a'), userStream('acme', 'b')]
const DONE = { batchItemFailures: [] }
const from = (number: number) => ({ batchItemFailures: [{ itemIdentifier: String(number) }] })

type Events = readonly [RecordedEvent, ...RecordedEvent[]]

/** With so many events of this user in its log. */
function worldWith(count: number, user = 'a') {
  const world = transformWorld()
  const events = times(count, () => world.log.append('acme', user)) as unknown as Events
  return { ...world, events }
}

/** Makes it an event of a kind that only a newer release knows, or, with a fault, one that no release can read. */
function spoil(events: readonly RecordedEvent[], seq: number, fault: { fault?: string } = {}): RecordedEvent {
  const event = events[seq - 1] as { event: RecordedEvent['event'] } & RecordedEvent
  event.event = { type: 'Unknown', name: 'SetUserPhoto', data: '{}', ...fault }
  return event
}

describe('the transform', () => {
  it('publishes events as CloudEvents, those of a stream in order, each once', async () => {
    const { start, log, published, seqsOf, events } = worldWith(3)
    const other = log.append('acme', 'b')
    const transform = start()
    expect(await transform(batchOf(runOf(...events), runOf(other)))).toEqual(DONE)
    expect(await transform(batchOf(runOf(other), runOf(...events)))).toEqual(DONE)
    expect([seqsOf(a), seqsOf(b)]).toEqual([[1, 2, 3], [1]])
    for (const event of published) validateEvent(event)
    expect(log.reads).toBe(0)
  })

  it('publishes nothing of API keys, and keeps no mark of them', async () => {
    const { start, published, marks } = transformWorld()
    const stream = keysStream('acme', 'a')
    expect(await start()(batchOf({ epoch: null, stream, seq: 1, events: [] }))).toEqual(DONE)
    expect([published, marks.seqs.size]).toEqual([[], 0])
  })

  it('reads from the log what is missing, and brings into order what comes late', async () => {
    const { start, log, seqsOf, events } = worldWith(3)
    const transform = start()
    await transform(batchOf(runOf(events[2] ?? events[0])))
    expect(seqsOf(a)).toEqual([1, 2, 3])
    const [fourth, fifth] = [log.append('acme', 'a'), log.append('acme', 'a')]
    await transform(batchOf(runOf(fifth), runOf(...events), runOf(fourth)))
    expect([seqsOf(a), log.reads]).toEqual([upTo(5), 1])
    await transform(batchOf({ ...runOf(log.append('acme', 'a')), events: [] }))
    expect(seqsOf(a)).toEqual(upTo(6))
  })

  it('reads a long stream to its end, from the mark of whoever was before', async () => {
    const { start, seqsOf, marks, events } = worldWith(350)
    marks.seqs.set(a, 20)
    await start()(batchOf({ ...runOf(events[0]), seq: 30, events: [] }))
    expect(seqsOf(a)).toEqual(upTo(350).slice(20))
    expect(marks.seqs.get(a)).toBe(350)
  })

  it('skips records of another epoch, and says so', async () => {
    const { start, published, troubles, events } = worldWith(1)
    expect(await start()(batchOf({ ...runOf(events[0]), epoch: 'before the restore' }))).toEqual(DONE)
    expect([published, troubles]).toEqual([[], ['1 records of another epoch were skipped']])
  })
})

describe('what cannot be published now', () => {
  it('comes again from the first record of it, and nothing of its stream goes ahead', async () => {
    const { start, take, log, seqsOf, events } = worldWith(3)
    const others = times(2, () => log.append('acme', 'b'))
    const isRefused = (stream: StreamName, seq: number) => stream === a && seq === 2
    const publish: Publish = async (ready) => {
      const refused = ready.filter(({ key, seq }) => isRefused(key as StreamName, seq))
      for (const each of ready) if (!refused.includes(each)) take(each)
      return refused
    }
    const [first, second, third] = events
    const batch = batchOf(
      runOf(first),
      runOf(...(others as unknown as Events)),
      runOf(second as RecordedEvent),
      runOf(third as RecordedEvent),
    )
    expect(await start({ publish })(batch)).toEqual(from(3))
    expect([seqsOf(a), seqsOf(b)]).toEqual([[1], [1, 2]])
    expect(await start()(batch)).toEqual(DONE)
    expect([seqsOf(a), seqsOf(b)]).toEqual([
      [1, 2, 3],
      [1, 2],
    ])
  })

  it('is not begun when the time is over', async () => {
    const { start, published, events } = worldWith(1)
    expect(await start({ budgetMs: 0 })(batchOf(runOf(events[0])))).toEqual(from(1))
    expect(published).toEqual([])
  })

  it('is not held where it is the log that cannot be read', async () => {
    const { start, log, marks, seqsOf, events } = worldWith(2)
    const down = { epoch: log.epoch, read: () => Promise.reject(new LogUnavailable('down')) }
    const batch = batchOf({ ...runOf(events[0]), seq: 2 })
    expect(await start({ log: down })(batch)).toEqual(from(1))
    expect([seqsOf(a), marks.standing.size]).toEqual([[1], 0])
    expect(await start()(batch)).toEqual(DONE)
    expect(seqsOf(a)).toEqual([1, 2])
  })
})

describe('what cannot be published as things are', () => {
  it('holds its stream and no other one, and is said to', async () => {
    const { start, log, marks, held, seqsOf, events } = worldWith(4)
    spoil(events, 3)
    const other = log.append('acme', 'b')
    expect(await start()(batchOf(runOf(...events), runOf(other)))).toEqual(DONE)
    expect([seqsOf(a), seqsOf(b)]).toEqual([[1, 2], [1]])
    const reason = 'event 3 is not known to this release'
    expect(held).toEqual([{ stream: a, seq: 3, reason }])
    expect([...marks.standing.values()]).toEqual(held)
  })

  it('is tried again by the next process, with whatever batch comes first', async () => {
    const { start, log, marks, seqsOf, events } = worldWith(4)
    const known = events[2]?.event
    spoil(events, 3)
    const old = start()
    await old(batchOf(runOf(...events)))
    log.append('acme', 'a')
    Object.assign(events[2] ?? {}, { event: known })
    await old(batchOf(runOf(log.append('acme', 'b'))))
    expect(seqsOf(a)).toEqual([1, 2])
    await start()(batchOf(runOf(log.append('acme', 'c'))))
    expect(seqsOf(a)).toEqual(upTo(5))
    expect(marks.standing.size).toBe(0)
  })

  it('is tried again stream by stream, those that fail for now once more', async () => {
    const { start, log, marks, seqsOf } = transformWorld()
    const streams = times(60, (n) => userStream('acme', `h${n}`))
    for (const [n, stream] of streams.entries()) {
      log.append('acme', `h${n}`)
      await marks.hold({ stream, seq: 1, reason: 'it was' })
    }
    let calls = 0
    const publish: Publish = async (ready) => (++calls === 1 ? ready : [])
    const transform = start({ publish })
    for (const left of [60, 35, 10, 0]) {
      await transform(batchOf())
      expect(marks.standing.size).toBe(left)
    }
    expect(seqsOf(a)).toEqual([])
  })

  it('may be a record: the log has what was in it', async () => {
    const { start, seqsOf, troubles } = worldWith(3)
    expect(await start()(batchOf(Buffer.from('{"format":99}')))).toEqual(DONE)
    expect(seqsOf(a)).toEqual([1, 2, 3])
    expect(troubles).toEqual([expect.stringMatching(/^the record 1 of acme\/user\/a cannot be read/)])
  })

  it('may be an event in the log: those before it are published', async () => {
    const { start, held, seqsOf, events } = worldWith(6)
    spoil(events, 5, { fault: 'its data is no JSON' })
    await start()(batchOf({ ...runOf(events[0]), seq: 6, events: [] }))
    expect(seqsOf(a)).toEqual([1, 2, 3, 4])
    const reason = 'event 5 cannot be read: its data is no JSON'
    expect(held).toEqual([{ stream: a, seq: 5, reason }])
  })

  it('is read from the log where it cannot be read as it was brought', async () => {
    const { start, held, seqsOf, events } = worldWith(3)
    const run = runOf(...events)
    const spoilt = run.events.map((event) => (event.seq === 2 ? { ...event, data: '{' } : event))
    await start()(batchOf({ ...run, events: spoilt }))
    expect([seqsOf(a), held]).toEqual([[1, 2, 3], []])
  })

  it('may be too large for Kinesis', async () => {
    const { start, log, held, seqsOf } = worldWith(1)
    const large = log.append('acme', 'a')
    Object.assign(large.event, { username: 'x'.repeat(2 ** 20) })
    await start()(batchOf(runOf(large)))
    expect(seqsOf(a)).toEqual([1])
    expect(held).toMatchObject([{ seq: 2, reason: expect.stringMatching(/^event 2 has \d+ bytes$/) }])
  })

  it('may be an event that the log does not have', async () => {
    const { start, held, seqsOf, events } = worldWith(1)
    await start()(batchOf({ ...runOf(events[0]), seq: 2 }))
    expect(seqsOf(a)).toEqual([1])
    expect(held).toMatchObject([{ stream: a, seq: 2, reason: expect.stringContaining('no event 2') }])
  })
})

type Transform = ReturnType<ReturnType<typeof transformWorld>['start']>
type Batch = Parameters<Transform>[0]

/** What may become of a batch. */
const FATES = ['goes on', 'is refused in parts', 'dies before the mark', 'has another beside it'] as const
type Fate = (typeof FATES)[number]

/** Streams of eight events, of which any come, in any order. */
function eventfulWorld() {
  const world = transformWorld()
  const { log, marks, take } = world
  const streams = new Map(
    ['a', 'b', 'c'].map((user) => [user, times(8, () => log.append('acme', user)) as unknown as Events]),
  )
  const publishing =
    (isRefused: (n: number) => boolean): Publish =>
    async (ready) => {
      await turn()
      const refused = ready.filter((_, n) => isRefused(n))
      for (const each of ready) if (!refused.includes(each)) take(each)
      return refused
    }
  const start = (isRefused = (_: number) => false) => world.start({ publish: publishing(isRefused) })
  const mortal = Object.create(marks, { save: { value: () => Promise.reject(new Error('killed')) } })
  const meet: Readonly<Record<Fate, (batch: Batch) => Promise<unknown>>> = {
    'goes on': (batch) => start()(batch),
    'is refused in parts': (batch) => start((n) => n % 2 === 0)(batch),
    'dies before the mark': (batch) =>
      world
        .start({ publish: publishing(() => false), marks: mortal })(batch)
        .catch(() => undefined),
    'has another beside it': (batch) => Promise.all([start()(batch), start()(batch)]),
  }
  return { ...world, streams, meet }
}

interface Run {
  readonly user: string
  readonly first: number
  readonly length: number
}

describe('whatever is delivered, and whoever dies', () => {
  const run: fc.Arbitrary<Run> = fc.record({
    user: fc.constantFrom('a', 'b', 'c'),
    first: fc.nat({ max: 7 }),
    length: fc.integer({ min: 1, max: 4 }),
  })
  const delivery = fc.record({
    runs: fc.array(run, { minLength: 1, maxLength: 4 }),
    fate: fc.constantFrom(...FATES),
  })

  it('every event comes, the first time after those before it, twice only where it must', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(delivery, { maxLength: 12 }), async (deliveries) => {
        const { streams, meet, seqsOf } = eventfulWorld()
        const recordOf = ({ user, first, length }: Run) =>
          runOf(...((streams.get(user) ?? []).slice(first, first + length) as unknown as Events))
        for (const { runs, fate } of deliveries) await meet[fate](batchOf(...runs.map(recordOf)))
        await meet['goes on'](
          batchOf(...['a', 'b', 'c'].map((user) => recordOf({ user, first: 7, length: 1 }))),
        )
        const mayRepeat = deliveries.some(({ fate }) => fate === FATES[2] || fate === FATES[3])
        for (const user of streams.keys()) {
          const seqs = seqsOf(userStream('acme', user))
          expect(mayRepeat ? [...new Set(seqs)] : seqs).toEqual(upTo(8))
        }
      }),
      { numRuns: 200 },
    )
  })
})
