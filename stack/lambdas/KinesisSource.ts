import { GetRecordsCommand, type _Record as KinesisRecord } from '@aws-sdk/client-kinesis'
import type { KinesisStreamEvent } from 'aws-lambda'
import { iteratorAt, type KinesisReader, listShards } from '../../src/feed/aws/consumer/shards.ts'
import {
  type BatchResponse,
  EventSource,
  type EventSourceOptions,
  type ShardedStream,
} from './EventSource.ts'

export interface KinesisSourceOptions extends EventSourceOptions {
  readonly client: KinesisReader
  readonly streamName: string
  readonly handler: (event: KinesisStreamEvent) => Promise<BatchResponse>
}

/** From a stream in kinesis-local to a function. */
export class KinesisSource extends EventSource<KinesisRecord> {
  constructor(options: KinesisSourceOptions) {
    super(streamOf(options), options)
  }
}

const streamOf = ({ client, streamName, handler }: KinesisSourceOptions): ShardedStream<KinesisRecord> => ({
  shards: () => listShards(client, streamName),

  iterator: (shard, after) => iteratorAt(client, streamName, { shard, after }),

  async read(iterator, limit) {
    const command = new GetRecordsCommand({ ShardIterator: iterator, Limit: limit })
    const { Records = [], NextShardIterator: next } = await client.send(command)
    return { records: Records, ...(next === undefined ? {} : { next }) }
  },

  numberOf: ({ SequenceNumber = '' }) => SequenceNumber,

  give: (shard, records) => handler({ Records: records.map((record) => asGiven(shard, record)) }),
})

/** As Lambda gives it, without what says where in AWS it is from. */
const asGiven = (shard: string, record: KinesisRecord): KinesisStreamEvent['Records'][number] => ({
  awsRegion: '',
  eventID: `${shard}:${record.SequenceNumber}`,
  eventName: 'aws:kinesis:record',
  eventSource: 'aws:kinesis',
  eventSourceARN: '',
  eventVersion: '1.0',
  invokeIdentityArn: '',
  kinesis: {
    kinesisSchemaVersion: '1.0',
    approximateArrivalTimestamp: (record.ApproximateArrivalTimestamp?.getTime() ?? 0) / 1_000,
    partitionKey: record.PartitionKey ?? '',
    sequenceNumber: record.SequenceNumber ?? '',
    data: Buffer.from(record.Data ?? []).toString('base64'),
  },
})
