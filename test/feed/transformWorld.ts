import type { KinesisStreamRecord } from 'aws-lambda'
import { encodeEvent, type RecordedEvent, type StoredEvent } from '../../src/domain/events.ts'
import type { StreamName } from '../../src/domain/streams.ts'
import type { Held, Marks } from '../../src/feed/aws/external/Marks.ts'
import type { Ready } from '../../src/feed/aws/external/Outgoing.ts'
import { createTransform, type TransformParts } from '../../src/feed/aws/external/transform.ts'
import { encodeRecord, type PlatformRecord } from '../../src/feed/aws/platformRecord.ts'
import type { CloudEvent } from '../../src/feed/cloudEvent.ts'
import { EPOCH, MemoryLog } from './fakes.ts'

export class MemoryMarks implements Marks {
  readonly seqs = new Map<StreamName, number>()
  readonly standing = new Map<StreamName, Held>()

  async load(streams: readonly StreamName[]) {
    return new Map(streams.flatMap((stream) => [[stream, this.seqs.get(stream) ?? 0] as const]))
  }

  async save(marks: ReadonlyMap<StreamName, number>) {
    for (const [stream, seq] of marks) this.seqs.set(stream, Math.max(seq, this.seqs.get(stream) ?? 0))
  }

  async hold(held: Held) {
    this.standing.set(held.stream, held)
  }

  async release(stream: StreamName) {
    this.standing.delete(stream)
  }

  async held(after: StreamName | null, limit: number) {
    const all = [...this.standing.values()].sort((a, b) => (a.stream < b.stream ? -1 : 1))
    return all.filter(({ stream }) => after === null || stream > after).slice(0, limit)
  }
}

/** A log, marks, and whatever was published; any number of transforms, one after the other or at once. */
export function transformWorld() {
  const log = new MemoryLog()
  const marks = new MemoryMarks()
  const published: CloudEvent[] = []
  const troubles: string[] = []
  const held: Held[] = []
  const take = ({ data }: Ready) => published.push(JSON.parse(Buffer.from(data).toString()) as CloudEvent)
  const start = (other: Partial<TransformParts> = {}) =>
    createTransform({
      log,
      marks,
      async publish(events) {
        events.forEach(take)
        return []
      },
      onTrouble: (message) => troubles.push(message),
      onHeld: (each) => held.push(each),
      ...other,
    })
  const seqsOf = (stream: StreamName) =>
    published.filter(({ partitionkey }) => partitionkey === stream).map(({ sequence }) => Number(sequence))
  return { log, marks, published, troubles, held, take, start, seqsOf }
}

export function storedFrom({ stream, seq, version, meta, event }: RecordedEvent): StoredEvent {
  if (event.type === 'Unknown') return { stream, seq, version, meta, name: event.name, data: event.data }
  return { stream, seq, meta, ...encodeEvent(event) }
}

/** Of one stream's events. */
export const runOf = (...events: readonly [RecordedEvent, ...RecordedEvent[]]): PlatformRecord => ({
  epoch: EPOCH,
  stream: events[0].stream,
  seq: Math.max(...events.map(({ seq }) => seq)),
  events: events.map(storedFrom),
})

/** As Lambda gives them, numbered from 1. */
export const batchOf = (...records: readonly (PlatformRecord | Uint8Array)[]) => ({
  Records: records.map((record, index): KinesisStreamRecord => {
    const isBytes = record instanceof Uint8Array
    const kinesis = {
      partitionKey: isBytes ? 'acme/user/a' : record.stream,
      sequenceNumber: String(index + 1),
      data: Buffer.from(isBytes ? record : encodeRecord(record)).toString('base64'),
    }
    return { kinesis } as KinesisStreamRecord
  }),
})
