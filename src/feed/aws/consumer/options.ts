import type { PlatformRecord } from '../platformRecord.ts'
import type { Checkpoints } from './Checkpoints.ts'
import type { ShardReading } from './ShardReading.ts'
import type { KinesisReader } from './shards.ts'

export interface ConsumerOptions {
  readonly client: KinesisReader
  readonly streamName: string
  readonly reading: ShardReading
  readonly checkpoints: Checkpoints
  /**
   * Is given each record at least once, those of a stream in order but for repetitions, those of different shards at the same time.
   * The checkpoint moves when it resolves; where it rejects it is given the same ones again.
   */
  readonly apply: (records: readonly PlatformRecord[]) => Promise<void>
  /** The consumer goes on all the same. */
  readonly onTrouble: (error: unknown) => void
  /** Between two looks at what shards there are. Default 10,000; when a shard ends it looks at once. */
  readonly lookMs?: number
}
