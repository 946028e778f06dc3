import { setTimeout as sleep } from 'node:timers/promises'
import { decodeRecord, type PlatformRecord } from '../platformRecord.ts'
import type { ConsumerOptions } from './options.ts'
import type { ShardBatch } from './ShardReading.ts'

const BASE_MS = 50
const CAP_MS = 5_000

/** Reads one shard, in order, from its checkpoint to its end, or until it is told to stop. What fails is done again. */
export class ShardReader {
  readonly #options: ConsumerOptions
  readonly #shard: string
  readonly #stopping: AbortSignal
  #failures = 0

  constructor(options: ConsumerOptions, shard: string, stopping: AbortSignal) {
    this.#options = options
    this.#shard = shard
    this.#stopping = stopping
  }

  async run(): Promise<void> {
    while (!this.#stopping.aborted) {
      try {
        if (await this.#readAfter(await this.#checkpoint())) return
      } catch (error) {
        // Whatever it was, the checkpoint is right: also for an iterator that has expired.
        await this.#backOff(error)
      }
    }
  }

  async #checkpoint(): Promise<string | null> {
    return (await this.#options.checkpoints.load(this.#shard))?.sequenceNumber ?? null
  }

  /** Whether the shard is at its end. */
  async #readAfter(after: string | null): Promise<boolean> {
    let sequenceNumber = after
    for await (const { records, isEnd } of this.#options.reading.read(this.#shard, after, this.#stopping)) {
      sequenceNumber = records.at(-1)?.SequenceNumber ?? sequenceNumber
      const decoded = this.#decoded(records)
      await this.#insist(async () => {
        if (decoded.length > 0) await this.#options.apply(decoded)
        if (records.length === 0 && !isEnd) return
        await this.#options.checkpoints.save(this.#shard, { sequenceNumber, isEnd })
      })
      if (isEnd) return true
    }
    return false
  }

  /** What is in hand is not read again for it: a subscription that was given up cannot be had anew for five seconds. */
  async #insist(step: () => Promise<void>): Promise<void> {
    while (!this.#stopping.aborted) {
      try {
        await step()
        this.#failures = 0
        return
      } catch (error) {
        await this.#backOff(error)
      }
    }
  }

  /** One that cannot be read is passed by: its stream has a gap then, which the log fills. */
  #decoded(records: ShardBatch['records']): PlatformRecord[] {
    return records.flatMap(({ Data = new Uint8Array(), SequenceNumber }) => {
      try {
        return decodeRecord(Data)
      } catch (error) {
        this.#options.onTrouble(new Error(`record ${SequenceNumber} of ${this.#shard}`, { cause: error }))
        return []
      }
    })
  }

  async #backOff(error: unknown): Promise<void> {
    if (this.#stopping.aborted) return
    this.#failures += 1
    this.#options.onTrouble(error)
    const ms = Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** this.#failures)
    await sleep(ms, undefined, { signal: this.#stopping }).catch(() => undefined)
  }
}
