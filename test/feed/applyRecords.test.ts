import { expect, test } from 'vitest'
import { encodeEvent, type RecordedEvent, type StoredEvent } from '../../src/domain/events.ts'
import { profileStream, type StreamName } from '../../src/domain/streams.ts'
import { applyRecords } from '../../src/feed/aws/consumer/applyRecords.ts'
import type { PlatformRecord } from '../../src/feed/aws/platformRecord.ts'
import { EPOCH, MemoryLog, MemoryViews } from './fakes.ts'

function world() {
  const log = new MemoryLog()
  const writer = new MemoryViews()
  const seq = (stream: StreamName) => writer.rows.get(stream)?.length ?? 0
  const views = { applied: async (streams: readonly StreamName[]) => streams.map(seq) }
  let foreign = 0
  const onForeign = (records: number) => {
    foreign += records
  }
  const apply = applyRecords.bind(null, { log, views, writer, onForeign })
  return { log, seq, apply, foreign: () => foreign }
}

function storedFrom({ stream, seq, meta, event }: RecordedEvent): StoredEvent {
  if (event.type === 'Unknown') throw new Error('this one is known')
  return { stream, seq, meta, ...encodeEvent(event) }
}

/** A record of one stream's events. */
const recordOf = (...events: readonly [RecordedEvent, ...RecordedEvent[]]): PlatformRecord => ({
  epoch: EPOCH,
  stream: events[0].stream,
  seq: events.at(-1)?.seq ?? 0,
  events: events.map(storedFrom),
})

const append = (log: MemoryLog, user: string) => log.append('acme', user)

test('what comes twice, late or with a hole is applied once, in order', async () => {
  const { log, seq, apply } = world()
  const [first, second, third] = [append(log, 'a'), append(log, 'a'), append(log, 'a')]
  await apply([recordOf(third)])
  expect(seq(first.stream)).toBe(3)
  await apply([recordOf(first, second), recordOf(third), recordOf(third)])
  expect(seq(first.stream)).toBe(3)
})

test('an event that could not be carried is read from the log', async () => {
  const { log, seq, apply } = world()
  const [a, b] = [append(log, 'a'), append(log, 'b')]
  const last = append(log, 'a')
  await apply([recordOf(b), { epoch: EPOCH, stream: a.stream, seq: last.seq, events: [storedFrom(a)] }])
  expect([seq(a.stream), seq(b.stream)]).toEqual([2, 1])
  await apply([{ epoch: EPOCH, stream: a.stream, seq: last.seq, events: [] }])
  expect(seq(a.stream)).toBe(2)
})

test('an event that cannot be read as it was brought is read from the log', async () => {
  const { log, seq, apply } = world()
  const [first, second, third] = [append(log, 'a'), append(log, 'a'), append(log, 'a')]
  const spoilt = (event: RecordedEvent): StoredEvent => ({ ...storedFrom(event), data: '{"userId":' })
  const carrying = (...events: StoredEvent[]) => ({ ...recordOf(first, second, third), events })
  await apply([carrying(storedFrom(first), spoilt(second), storedFrom(third))])
  expect(seq(first.stream)).toBe(3)
  const fourth = append(log, 'a')
  await apply([{ ...recordOf(fourth), events: [spoilt(fourth)] }])
  expect(seq(first.stream)).toBe(4)
})

test('a batch of any size goes through', async () => {
  const { log, seq, apply } = world()
  const records = Array.from({ length: 5_000 }, (_, i) => recordOf(log.add('acme', `u${i}`, 1)))
  await apply(records)
  expect(records.every(({ stream }) => seq(stream) === 1)).toBe(true)
})

test('what another epoch tells is skipped and counted; what tells none is taken', async () => {
  const { log, seq, apply, foreign } = world()
  const [first, second] = [append(log, 'a'), append(log, 'a')]
  await apply([{ ...recordOf(first, second), epoch: 'before the restore' }])
  expect([seq(first.stream), foreign()]).toEqual([0, 1])
  await apply([{ ...recordOf(first), epoch: null }, recordOf(second)])
  expect([seq(first.stream), foreign()]).toEqual([2, 1])
})

test('what is told of a user whom the views do not have brings the user along, and only then', async () => {
  const { log, seq, apply } = world()
  const [first, second] = [append(log, 'a'), append(log, 'a')]
  const profileOf = ({ tenant, id, at }: { tenant: string; id: string; at: number }): RecordedEvent => ({
    ...first,
    stream: profileStream(tenant, id),
    seq: at,
    event: { type: 'SetUserName', userId: id, name: 'Ann' },
  })
  await apply([recordOf(profileOf({ tenant: 'acme', id: 'a', at: 1 }))])
  expect([seq(profileStream('acme', 'a')), seq(first.stream)]).toEqual([1, 2])
  await apply([recordOf(second), recordOf(profileOf({ tenant: 'acme', id: 'a', at: 2 }))])
  const other = append(log, 'b')
  await apply([recordOf(profileOf({ tenant: 'acme', id: 'b', at: 1 })), recordOf(other)])
  expect([seq(profileStream('acme', 'a')), seq(other.stream), log.reads]).toEqual([2, 1, 1])
})

test('what is known by its place alone brings its user along, too', async () => {
  const { log, seq, apply } = world()
  const first = append(log, 'a')
  const profile: RecordedEvent = {
    ...first,
    stream: profileStream('acme', 'a'),
    event: { type: 'SetUserName', userId: 'a', name: 'Ann' },
  }
  log.events.push(profile)
  await apply([{ epoch: EPOCH, stream: profile.stream, seq: 1, events: [] }])
  expect([seq(first.stream), seq(profile.stream)]).toEqual([1, 1])
})
