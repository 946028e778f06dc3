import { setTimeout as sleep } from 'node:timers/promises'
import { GetRecordsCommand } from '@aws-sdk/client-kinesis'
import type { ShardBatch, ShardReading } from './ShardReading.ts'
import { iteratorAt, type KinesisReader, type ShardPlace } from './shards.ts'

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

async function* poll(
  { client, streamName, pollMs = POLL_MS }: PolledOptions,
  { stopping, ...place }: ShardPlace & { readonly stopping: AbortSignal },
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
