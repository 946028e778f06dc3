import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis'

/** A way to read a shard. */
export interface ShardReading {
  /**
   * What is in the shard after this sequence number, or from its beginning, in order: up to its end, or until the signal. Where it
   * throws, it is to be read anew. While a batch is being worked on, no more than a buffer's worth is read ahead.
   */
  read(shard: string, after: string | null, stopping: AbortSignal): AsyncIterable<ShardBatch>
}

export interface ShardBatch {
  readonly records: readonly KinesisRecord[]
  /** The shard was split or merged, and nothing comes after these. */
  readonly isEnd: boolean
}
