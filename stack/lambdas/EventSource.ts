import { setTimeout as sleep } from 'node:timers/promises'
import { type ListedShard, readable } from '../../src/feed/aws/consumer/shards.ts'

/** A stream that has shards, as it is read by whoever gives it to a function. */
export interface ShardedStream<Record> {
  shards(): Promise<readonly ListedShard[]>
  /** Of the oldest record, or the one after this number. */
  iterator(shard: string, after: string | null): Promise<string>
  /** No `next`: the shard is at its end. */
  read(
    iterator: string,
    limit: number,
  ): Promise<{ readonly records: readonly Record[]; readonly next?: string }>
  numberOf(record: Record): string
  /** What the function answers to these. */
  give(shard: string, records: readonly Record[]): Promise<BatchResponse>
}

/** As of a function that reports what of a batch has failed. */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[]
}

export interface EventSourceOptions {
  /** The source goes on all the same, after a pause. */
  readonly onTrouble: (error: unknown) => void
  readonly pollMs?: number
  readonly batch?: number
}

const POLL_MS = 100
const BATCH = 100

/**
 * What Lambda's event source mapping does in AWS, for streams on this machine: reads from the oldest record, gives a shard's records to
 * the function batch by batch, in order, parents before children, and comes again from the record that it reports, for as long as it
 * takes. Where it is stands in memory: after a restart everything comes again.
 */
export class EventSource<Record> {
  readonly #stream: ShardedStream<Record>
  readonly #options: EventSourceOptions
  readonly #stopping = new AbortController()
  /** The shards that are at their end. */
  readonly #ended = new Set<string>()
  /** The last record of each shard that is done with. */
  readonly #done = new Map<string, string>()
  readonly #iterators = new Map<string, string>()
  readonly #running: Promise<void>

  constructor(stream: ShardedStream<Record>, options: EventSourceOptions) {
    this.#stream = stream
    this.#options = options
    this.#running = this.#run()
  }

  /** Waits for the function. */
  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { pollMs = POLL_MS } = this.#options
    while (!this.#stopping.signal.aborted) {
      let moved = false
      const listed = await this.#stream.shards().catch((error) => this.#tell(error, []))
      for (const shard of readable(listed, (id) => this.#ended.has(id))) {
        moved = (await this.#step(shard).catch((error) => this.#tell(error, false))) || moved
      }
      if (!moved) await sleep(pollMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    }
  }

  #tell<A>(error: unknown, instead: A): A {
    this.#options.onTrouble(error)
    return instead
  }

  /** One batch. False if there was none, or not all of it is done. */
  async #step(shard: string): Promise<boolean> {
    const stream = this.#stream
    const done = this.#done.get(shard) ?? null
    const iterator = this.#iterators.get(shard) ?? (await stream.iterator(shard, done))
    // It is good for one use, and for some minutes.
    this.#iterators.delete(shard)
    const { records, next } = await stream.read(iterator, this.#options.batch ?? BATCH)
    if (records.length > 0) {
      const { batchItemFailures } = await stream.give(shard, records)
      const numbers = records.map((record) => stream.numberOf(record))
      const failed = numbers.indexOf(batchItemFailures[0]?.itemIdentifier ?? '')
      const last = failed < 0 ? numbers.at(-1) : numbers[failed - 1]
      if (last !== undefined) this.#done.set(shard, last)
      if (failed >= 0) return false
    }
    if (next === undefined) this.#ended.add(shard)
    else this.#iterators.set(shard, next)
    return records.length > 0
  }
}
