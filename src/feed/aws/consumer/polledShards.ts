import { setTimeout as sleep } from 'node:timers/promises'
import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-kinesis'
import type { ShardBatch, ShardReading } from './ShardReading.ts'
import type { KinesisReader } from './shards.ts'

export interface PolledOptions {
  readonly client: KinesisReader
  readonly streamName: string
  /** Between two reads of a shard. Default 250: with more consumers than one it has to be more, for they share five a second. */
  readonly pollMs?: number
}

/** GetRecords may be asked five times a second and shard, by all who read it together. */
const POLL_MS = 250
const LIMIT = 1_000

/** Asks for records again and again. */
export function polledShards(options: PolledOptions): ShardReading {
  return { read: (shard, after, stopping) => poll(options, { shard, after, stopping }) }
}

interface Place {
  readonly shard: string
  readonly after: string | null
}

async function* poll(
  { client, streamName, pollMs = POLL_MS }: PolledOptions,
  { stopping, ...place }: Place & { readonly stopping: AbortSignal },
): AsyncGenerator<ShardBatch> {
  let iterator: string | undefined = await iteratorAt(client, streamName, place)
  while (iterator !== undefined && !stopping.aborted) {
    const command: GetRecordsCommand = new GetRecordsCommand({ ShardIterator: iterator, Limit: LIMIT })
    const { Records: records = [], NextShardIterator, MillisBehindLatest = 0 } = await client.send(command)
    iterator = NextShardIterator
    yield { records, isEnd: iterator === undefined }
    const pause = MillisBehindLatest > 0 && records.length > 0 ? pollMs / 2 : pollMs
    await sleep(pause, undefined, { signal: stopping }).catch(() => undefined)
  }
}

async function iteratorAt(client: KinesisReader, StreamName: string, { shard, after }: Place) {
  const from =
    after === null
      ? { ShardIteratorType: 'TRIM_HORIZON' as const }
      : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: after }
  const command = new GetShardIteratorCommand({ StreamName, ShardId: shard, ...from })
  const { ShardIterator } = await client.send(command)
  if (ShardIterator === undefined) throw new Error(`the shard ${shard} gives no iterator`)
  return ShardIterator
}
