import type { StoredEvent } from '../../domain/events.ts'
import type { StreamName } from '../../domain/streams.ts'
import type { KinesisEntry } from './Publisher.ts'

/**
 * What one record of the platform's Kinesis stream holds: a run of one stream's events. The stream's name is its partition key, so
 * that the runs of a stream keep their order. It may come more than once, and runs may be missing: rule 3 is for whoever takes them.
 */
export interface PlatformRecord {
  /** Of the log that it comes from; null from a relay of an older release. */
  readonly epoch: string | null
  readonly stream: StreamName
  /** The newest seq that it tells of. */
  readonly seq: number
  /** In order; it may lack some up to `seq`, that could not be carried: the log has them. */
  readonly events: readonly StoredEvent[]
}

const FORMAT = 1

interface Stored extends Omit<PlatformRecord, 'epoch'> {
  readonly format: number
  readonly epoch?: string | null
}

/** JSON, in UTF-8. Events go as they are stored: a relay of an older release carries kinds that it does not know. */
export const encodeRecord = ({ epoch, stream, seq, events }: PlatformRecord): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      format: FORMAT,
      epoch,
      stream,
      seq,
      events: events.map(({ stream: _, ...event }) => event),
    }),
  )

export const platformEntry = (record: PlatformRecord): KinesisEntry => ({
  key: record.stream,
  data: encodeRecord(record),
})

/** Throws for what is no record, or one of a newer format. */
export function decodeRecord(bytes: Uint8Array): PlatformRecord {
  const { format, epoch = null, stream, seq, events } = JSON.parse(Buffer.from(bytes).toString()) as Stored
  if (format !== FORMAT)
    throw new Error(`a platform record of format ${format}; this release knows ${FORMAT}`)
  return { epoch, stream, seq, events: events.map((event) => ({ ...event, stream })) }
}

/** After a restore to a point in time the stream still has records of what is no more: their seqs say nothing of this log's. */
export const isOfLog = ({ epoch }: PlatformRecord, log: { readonly epoch: string }): boolean =>
  epoch === null || epoch === log.epoch
