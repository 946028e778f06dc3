import type { KinesisStreamRecord } from 'aws-lambda'
import type { StoredEvent } from '../../../domain/events.ts'
import type { StreamName } from '../../../domain/streams.ts'
import { isPublic } from '../../publicEvents.ts'
import { decodeRecord, isOfLog, type PlatformRecord } from '../platformRecord.ts'

/** What was told of a stream. */
interface Told extends Pick<PlatformRecord, 'stream' | 'events'> {
  /** The newest seq that it has; infinite where that could not be read. */
  readonly seq: number
  /** Of the record in the batch; null where none has told it. */
  readonly index: number | null
}

/** All that was told of a stream. */
export interface Wanted {
  readonly stream: StreamName
  /** As of `Told`. */
  readonly seq: number
  /** In any order, some of them missing. */
  readonly events: readonly StoredEvent[]
  readonly told: readonly Told[]
}

export const together = (all: readonly Told[]): readonly Wanted[] =>
  [...Map.groupBy(all, ({ stream }) => stream)].map(([stream, told]) => ({
    stream,
    seq: Math.max(...told.map(({ seq }) => seq)),
    events: told.flatMap(({ events }) => events),
    told,
  }))

export interface ReadHooks {
  readonly log: { readonly epoch: string }
  readonly onTrouble: (message: string) => void
}

/** Of streams that are public. Records of another epoch are skipped. */
export function toldBy(records: readonly KinesisStreamRecord[], hooks: ReadHooks): readonly Told[] {
  const read = records.map((record, index) => ({ ...readRecord(record, hooks), index }))
  const own = read.filter((record) => isOfLog(record, hooks.log))
  const foreign = read.length - own.length
  if (foreign > 0) hooks.onTrouble(`${foreign} records of another epoch were skipped`)
  return own.filter(({ stream }) => isPublic(stream))
}

/** Of one that cannot be read the key tells the stream, and the log what is in it. */
function readRecord({ kinesis }: KinesisStreamRecord, { onTrouble }: ReadHooks): PlatformRecord {
  const { data, partitionKey, sequenceNumber } = kinesis
  try {
    return decodeRecord(Buffer.from(data, 'base64'))
  } catch (error) {
    onTrouble(`the record ${sequenceNumber} of ${partitionKey} cannot be read: ${String(error)}`)
    return { epoch: null, stream: partitionKey as StreamName, seq: Number.POSITIVE_INFINITY, events: [] }
  }
}
