import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams'
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda'
import type { ListedShard } from '../../src/feed/aws/consumer/shards.ts'
import {
  type BatchResponse,
  EventSource,
  type EventSourceOptions,
  type ShardedStream,
} from './EventSource.ts'

export interface StreamSourceOptions extends EventSourceOptions {
  readonly client: Pick<DynamoDBStreamsClient, 'send'>
  readonly streamArn: string
  readonly handler: (event: DynamoDBStreamEvent) => Promise<BatchResponse>
}

/** From the stream of a table in DynamoDB Local to a function. */
export class StreamSource extends EventSource<StreamRecord> {
  constructor(options: StreamSourceOptions) {
    super(streamOf(options), options)
  }
}

const streamOf = ({ client, streamArn, handler }: StreamSourceOptions): ShardedStream<StreamRecord> => ({
  async shards() {
    const found: ListedShard[] = []
    for (let start: string | undefined; ; ) {
      const place = { StreamArn: streamArn, ExclusiveStartShardId: start }
      const { StreamDescription } = await client.send(new DescribeStreamCommand(place))
      for (const { ShardId = '', ParentShardId } of StreamDescription?.Shards ?? []) {
        found.push({ id: ShardId, parents: ParentShardId === undefined ? [] : [ParentShardId] })
      }
      start = StreamDescription?.LastEvaluatedShardId
      if (start === undefined) return found
    }
  },

  async iterator(shard, after) {
    const place =
      after === null
        ? { ShardIteratorType: 'TRIM_HORIZON' as const }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, SequenceNumber: after }
    const command = new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shard, ...place })
    const { ShardIterator } = await client.send(command)
    if (ShardIterator === undefined) throw new Error(`the shard ${shard} gives no iterator`)
    return ShardIterator
  },

  async read(iterator, limit) {
    const command = new GetRecordsCommand({ ShardIterator: iterator, Limit: limit })
    const { Records = [], NextShardIterator: next } = await client.send(command)
    return { records: Records, ...(next === undefined ? {} : { next }) }
  },

  numberOf: ({ dynamodb }) => dynamodb?.SequenceNumber ?? '',

  // Lambda gives the same objects, but for binary values, which the log has none of, and says where they are from.
  give: (_, records) =>
    handler({
      Records: records.map(
        (record) => ({ ...record, eventSourceARN: streamArn }) as unknown as DynamoDBRecord,
      ),
    }),
})
