/** How far a consumer is in each shard, for as long as it is to remember that: with what it has applied, at best. */
export interface Checkpoints {
  /** Null for a shard that was never read. */
  load(shard: string): Promise<Checkpoint | null>
  save(shard: string, checkpoint: Checkpoint): Promise<void>
}

export interface Checkpoint {
  /** Of the last record that is done with; null before the first. */
  readonly sequenceNumber: string | null
  /** The shard was split or merged, and all of it is done with. */
  readonly isEnd: boolean
}

/** A shard of a stream that was made then, by a name that no shard of a stream before it has. */
export const shardSince = (madeAt: number, shard: string): string => `${madeAt}/${shard}`

/** Those of a stream that was made then: of one that it replaces they say nothing. */
export const checkpointsSince = (madeAt: number, { load, save }: Checkpoints): Checkpoints => ({
  load: (shard) => load(shardSince(madeAt, shard)),
  save: (shard, checkpoint) => save(shardSince(madeAt, shard), checkpoint),
})

/** Of a consumer that begins anew with its process. */
export function memoryCheckpoints(): Checkpoints {
  const known = new Map<string, Checkpoint>()
  return {
    load: async (shard) => known.get(shard) ?? null,
    save: async (shard, checkpoint) => void known.set(shard, checkpoint),
  }
}
