import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { expect, test } from 'vitest'
import { memoryCheckpoints } from '../../src/feed/aws/consumer/Checkpoints.ts'
import { polledShards } from '../../src/feed/aws/consumer/polledShards.ts'
import { type KinesisReader, listShards, readableShards } from '../../src/feed/aws/consumer/shards.ts'
import { subscribedShards } from '../../src/feed/aws/consumer/subscribedShards.ts'
import { consumerConformance } from '../conformance/consumer.ts'
import { asKinesis } from '../support/aws/asKinesis.ts'
import { kinesisClients } from '../support/aws/kinesisClients.ts'
import { startKinesis } from '../support/kinesis.ts'

const kinesis = await startKinesis()
const { http1, http2 } = await kinesisClients(
  kinesis,
  asKinesis(kinesis.client, (call) => call.forward()),
)

const polled = {
  reading: (client: KinesisReader, streamName: string) => polledShards({ client, streamName, pollMs: 10 }),
  asks: {
    operation: 'GetRecords',
    refusals: ['ExpiredIteratorException', 'ProvisionedThroughputExceededException'],
  },
} as const
const subscribed = {
  reading: (client: KinesisReader, streamName: string) =>
    subscribedShards({ client, streamName, consumerName: 'synchroniser-1' }),
  asks: { operation: 'SubscribeToShard', refusals: ['ResourceInUseException', 'LimitExceededException'] },
} as const
const clients: readonly (readonly [string, KinesisClient])[] = [
  ['HTTP/1.1', http1],
  ['HTTP/2', http2],
]
for (const [protocol, client] of clients) {
  consumerConformance(kinesis, { title: `a consumer that polls, over ${protocol}`, client, ...polled })
  consumerConformance(kinesis, { title: `a consumer that is told, over ${protocol}`, client, ...subscribed })
}

test('waits for both parents of a merge, and for none that is gone', async () => {
  const Shards = [
    { ShardId: 'a', ParentShardId: 'gone' },
    { ShardId: 'b', ParentShardId: 'gone' },
    { ShardId: 'ab', ParentShardId: 'a', AdjacentParentShardId: 'b' },
  ]
  const listing = { send: async () => ({ Shards }) } as unknown as KinesisReader
  const shards = await listShards(listing, 'platform')
  const checkpoints = memoryCheckpoints()
  const readable = () => readableShards(shards, checkpoints)
  expect(await readable()).toEqual(['a', 'b'])
  await checkpoints.save('a', { sequenceNumber: '1', isEnd: true })
  expect(await readable()).toEqual(['b'])
  await checkpoints.save('b', { sequenceNumber: '2', isEnd: true })
  expect(await readable()).toEqual(['ab'])
})
