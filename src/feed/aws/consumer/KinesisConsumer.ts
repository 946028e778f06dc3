import { setTimeout as sleep } from 'node:timers/promises'
import { type Checkpoints, checkpointsSince, shardSince } from './Checkpoints.ts'
import type { ConsumerOptions } from './options.ts'
import { ShardReader } from './ShardReader.ts'
import { listShards, readableShards, streamMadeAt } from './shards.ts'

const LOOK_MS = 10_000

/**
 * Reads the platform's stream, all shards side by side, and goes along with it when shards are split or merged: parents first. It
 * gives no promise that nothing is missing, should it have been away for longer than the stream keeps its records: what streams
 * lack then, a sweep of the log has to find.
 */
export class KinesisConsumer {
  readonly #options: ConsumerOptions
  readonly #stopping = new AbortController()
  readonly #reading = new Map<string, Reading>()
  #look = new AbortController()
  readonly #running: Promise<void>

  constructor(options: ConsumerOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  /** Finishes what is being applied. */
  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await Promise.all([...this.#reading.values()].map(({ done }) => done))
  }

  async #run(): Promise<void> {
    const { onTrouble, lookMs = LOOK_MS } = this.#options
    while (!this.#stopping.signal.aborted) {
      this.#look = new AbortController()
      const signal = AbortSignal.any([this.#look.signal, this.#stopping.signal])
      try {
        await this.#readWhatThereIs()
      } catch (error) {
        onTrouble(error)
      }
      await sleep(lookMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Shards that are gone, alone or with their stream, are read no longer. */
  async #readWhatThereIs(): Promise<void> {
    const { client, streamName, ...options } = this.#options
    const madeAt = await streamMadeAt(client, streamName)
    const shards = await listShards(client, streamName)
    const nameOf = (shard: string) => shardSince(madeAt, shard)
    const there = new Set(shards.map(({ id }) => nameOf(id)))
    for (const [name, { stop }] of this.#reading) if (!there.has(name)) stop.abort()
    const checkpoints = checkpointsSince(madeAt, options.checkpoints)
    for (const shard of await readableShards(shards, checkpoints)) {
      if (!this.#reading.has(nameOf(shard))) this.#read(nameOf(shard), shard, checkpoints)
    }
  }

  #read(name: string, shard: string, checkpoints: Checkpoints): void {
    const stop = new AbortController()
    const stopping = AbortSignal.any([stop.signal, this.#stopping.signal])
    const done = new ShardReader({ ...this.#options, checkpoints }, shard, stopping).run().then(() => {
      this.#reading.delete(name)
      this.#look.abort()
    })
    this.#reading.set(name, { done, stop })
  }
}

interface Reading {
  readonly done: Promise<void>
  readonly stop: AbortController
}
