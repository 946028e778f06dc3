import {
  DescribeStreamSummaryCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis'
import type { Checkpoints } from './Checkpoints.ts'

/** The part of the SDK's client that is used. */
export type KinesisReader = Pick<KinesisClient, 'send'>

export interface ListedShard {
  readonly id: string
  readonly parents: readonly string[]
}

/**
 * Of the shards, those that may be read now: not at their end, and each parent, as far as it is still there, at its own. So whoever reads
 * only these has all that stood in a stream before a split or merge before what came after.
 */
export async function readableShards(
  shards: readonly ListedShard[],
  checkpoints: Checkpoints,
): Promise<readonly string[]> {
  const ended = new Set<string>()
  for (const { id } of shards) if ((await checkpoints.load(id))?.isEnd === true) ended.add(id)
  return readable(shards, (id) => ended.has(id))
}

/** Of those that are listed: what is not, is gone. */
export function readable(
  shards: readonly ListedShard[],
  isAtEnd: (id: string) => boolean,
): readonly string[] {
  const open = new Set(shards.map(({ id }) => id).filter((id) => !isAtEnd(id)))
  return shards
    .filter(({ id, parents }) => open.has(id) && !parents.some((parent) => open.has(parent)))
    .map(({ id }) => id)
}

/** When the stream was made: one that is made again under its name has the same shards, by name, and none of the records. */
export async function streamMadeAt(client: KinesisReader, StreamName: string): Promise<number> {
  const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }))
  return StreamDescriptionSummary?.StreamCreationTimestamp?.getTime() ?? 0
}

export async function listShards(client: KinesisReader, streamName: string): Promise<readonly ListedShard[]> {
  const found: ListedShard[] = []
  for (let token: string | undefined; ; ) {
    const place = token === undefined ? { StreamName: streamName } : { NextToken: token }
    const { Shards = [], NextToken } = await client.send(new ListShardsCommand(place))
    for (const { ShardId = '', ParentShardId, AdjacentParentShardId } of Shards) {
      found.push({ id: ShardId, parents: [ParentShardId ?? [], AdjacentParentShardId ?? []].flat() })
    }
    if (NextToken === undefined) return found
    token = NextToken
  }
}

export interface ShardPlace {
  readonly shard: string
  /** A record's number; null: before the oldest. */
  readonly after: string | null
}

export async function iteratorAt(client: KinesisReader, StreamName: string, { shard, after }: ShardPlace) {
  const from =
    after === null
      ? { ShardIteratorType: 'TRIM_HORIZON' as const }
      : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: after }
  const command = new GetShardIteratorCommand({ StreamName, ShardId: shard, ...from })
  const { ShardIterator } = await client.send(command)
  if (ShardIterator === undefined) throw new Error(`the shard ${shard} gives no iterator`)
  return ShardIterator
}
