import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis'
import type { Body, Meet } from './AwsProxy.ts'
import { refusal } from './anyHazards.ts'

/**
 * What Kinesis says to whoever subscribes and kinesis-local does not: that a number is unknown, that another of the same name has
 * taken over, and that a shard is at its end.
 */
export function asKinesis(client: KinesisClient, meet: Meet): Meet {
  const newest = new Map<string, Body>()
  return async (call) => {
    const { StreamName, ShardId, number } = placeOf(call.input)
    const subscriber = `${call.input.ConsumerARN} ${ShardId}`
    if (call.operation === 'SubscribeToShard') {
      const isUnknown = number !== undefined && !(await isKnown(client, { StreamName, ShardId }, number))
      if (isUnknown) return UNKNOWN
      newest.set(subscriber, call.input)
    }
    const reply = await meet(call)
    if (call.operation !== 'SubscribeToShardEvent' || reply?.status !== 200) return reply
    if (newest.get(subscriber) !== call.input) return TAKEN
    const { Records, ContinuationSequenceNumber, ...body } = reply.body
    const isEnd =
      (Records as unknown[]).length === 0 &&
      (await isAtEnd(client, { StreamName, ShardId }, String(ContinuationSequenceNumber)))
    return isEnd ? { ...reply, body: { ...body, Records, ChildShards: CHILDREN } } : reply
  }
}

const UNKNOWN = refusal(
  'InvalidArgumentException',
  'StartingSequenceNumber used in SubscribeToShard is invalid because it did not come from this stream.',
)

const TAKEN = refusal('ResourceInUseException', 'Another active subscription exists for this consumer.')

const CHILDREN = [
  {
    ShardId: 'shardId-000000000001',
    ParentShards: ['shardId-000000000000'],
    HashKeyRange: { StartingHashKey: '0', EndingHashKey: '1' },
  },
]

interface Shard {
  readonly StreamName: string
  readonly ShardId: string
}

function placeOf(input: Body): Shard & { readonly number: string | undefined } {
  const [, StreamName = ''] = /:stream\/([^/]+)\/consumer\//.exec(String(input.ConsumerARN)) ?? []
  const { SequenceNumber } = (input.StartingPosition ?? {}) as { readonly SequenceNumber?: string }
  return { StreamName, ShardId: String(input.ShardId), number: SequenceNumber }
}

/** Before its first record, a shard has the number that it begins with. */
async function isKnown(client: KinesisClient, shard: Shard, number: string): Promise<boolean> {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: shard.StreamName }))
  const isBeginning = Shards.some(
    ({ ShardId, SequenceNumberRange }) =>
      ShardId === shard.ShardId && SequenceNumberRange?.StartingSequenceNumber === number,
  )
  return isBeginning || (await iteratorAfter(client, shard, number)) !== null
}

async function isAtEnd(client: KinesisClient, shard: Shard, after: string): Promise<boolean> {
  const ShardIterator = await iteratorAfter(client, shard, after)
  if (ShardIterator === null) return false
  const { Records = [], NextShardIterator } = await client.send(new GetRecordsCommand({ ShardIterator }))
  return Records.length === 0 && NextShardIterator === undefined
}

async function iteratorAfter(client: KinesisClient, shard: Shard, number: string): Promise<string | null> {
  const place = { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: number }
  const command = new GetShardIteratorCommand({ ...shard, ...place })
  return client.send(command).then(
    ({ ShardIterator = null }) => ShardIterator,
    () => null,
  )
}
