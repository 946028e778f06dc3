import { setTimeout as delay } from 'node:timers/promises'
import {
  DeleteStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
  MergeShardsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import { connectKinesis } from '../../src/feed/aws/consumer/connect.ts'
import { decodeRecord, type PlatformRecord } from '../../src/feed/aws/platformRecord.ts'
import { setLocalCredentials } from '../../stack/engines/credentials.ts'
import { KINESIS_REGION, spawnKinesis } from '../../stack/engines/kinesis.ts'
import { createStream, untilActive } from '../../stack/engines/streams.ts'
import { freePort } from '../../stack/processes/freePort.ts'
import { ready } from '../../stack/processes/ready.ts'

/** kinesis-local, in memory, for one test file. */
export interface LocalKinesis {
  readonly endpoint: string
  readonly region: string
  readonly client: KinesisClient
  newStream(shards: number): Promise<string>
  /** Everything in the stream, shard by shard, in order: platform records, unless said otherwise. */
  readAll(stream: string): Promise<readonly (readonly PlatformRecord[])[]>
  readAll<A>(stream: string, decode: (bytes: Uint8Array) => A): Promise<readonly (readonly A[])[]>
  stop(): Promise<void>
}

/** It ends with this process, however that ends. */
export async function startKinesis(): Promise<LocalKinesis> {
  setLocalCredentials()
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const region = KINESIS_REGION
  const client = connectKinesis({ endpoint, region })
  const kinesis = spawnKinesis({ port, tlsPort: await freePort() })
  await ready({ title: 'kinesis-local' }, kinesis, () => client.send(new ListStreamsCommand()))
  let streams = 0
  return {
    endpoint,
    region,
    client,
    async newStream(shards) {
      const name = `platform-${++streams}`
      await createStream(client, name, shards)
      return name
    },
    async readAll<A>(StreamName: string, decode = decodeRecord as (bytes: Uint8Array) => A) {
      const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }))
      return Promise.all(Shards.map(({ ShardId }) => readShard(client, { StreamName, ShardId }, decode)))
    },
    async stop() {
      client.destroy()
      kinesis.signal('SIGTERM')
      await kinesis.ended
    },
  }
}

async function readShard<A>(
  client: KinesisClient,
  shard: { readonly StreamName: string; readonly ShardId: string | undefined },
  decode: (bytes: Uint8Array) => A,
): Promise<A[]> {
  const start = { ...shard, ShardIteratorType: 'TRIM_HORIZON' as const }
  let { ShardIterator } = await client.send(new GetShardIteratorCommand(start))
  const found: A[] = []
  for (;;) {
    const { Records = [], NextShardIterator } = await client.send(new GetRecordsCommand({ ShardIterator }))
    found.push(...Records.map(({ Data }) => decode(Data ?? new Uint8Array())))
    if (Records.length === 0) return found
    ShardIterator = NextShardIterator
  }
}

/** Those that take records. */
export async function openShards(client: KinesisClient, StreamName: string) {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }))
  return Shards.filter(({ SequenceNumberRange }) => SequenceNumberRange?.EndingSequenceNumber === undefined)
}

/** Its first open shard, in the middle. */
export async function split(client: KinesisClient, StreamName: string): Promise<void> {
  const [shard] = await openShards(client, StreamName)
  const { StartingHashKey = '0', EndingHashKey = '0' } = shard?.HashKeyRange ?? {}
  const NewStartingHashKey = String((BigInt(StartingHashKey) + BigInt(EndingHashKey)) / 2n)
  await client.send(new SplitShardCommand({ StreamName, ShardToSplit: shard?.ShardId, NewStartingHashKey }))
  await untilActive(client, StreamName)
}

/** The first two of its open shards. */
export async function merge(client: KinesisClient, StreamName: string): Promise<void> {
  const shards = (await openShards(client, StreamName)).toSorted((a, b) =>
    BigInt(a.HashKeyRange?.StartingHashKey ?? 0) < BigInt(b.HashKeyRange?.StartingHashKey ?? 0) ? -1 : 1,
  )
  const [ShardToMerge, AdjacentShardToMerge] = shards.map(({ ShardId }) => ShardId)
  await client.send(new MergeShardsCommand({ StreamName, ShardToMerge, AdjacentShardToMerge }))
  await untilActive(client, StreamName)
}

/** Deletes a stream, and makes one of the same name in a later second: by that they are told apart. */
export async function makeAgain(client: KinesisClient, StreamName: string, shards: number): Promise<void> {
  await client.send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion: true }))
  const isThere = async () => (await client.send(new ListStreamsCommand())).StreamNames?.includes(StreamName)
  while (await isThere()) await delay(50)
  await delay(1_000)
  await createStream(client, StreamName, shards)
}
