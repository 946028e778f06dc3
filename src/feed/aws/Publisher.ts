import { setTimeout as sleep } from 'node:timers/promises'
import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'

/** A record as Kinesis takes it. */
export interface KinesisEntry {
  /** Where it goes, and with what it keeps its order. */
  readonly key: string
  readonly data: Uint8Array
}

export interface PublisherOptions<Record> {
  readonly encode: (record: Record) => KinesisEntry
  /** The part of the SDK's client that is used. */
  readonly client: Pick<KinesisClient, 'send'>
  readonly streamName: string
  /** Is told of every record that is sent again, and why. */
  readonly onRetry: (reason: string) => void
}

const MAX_ATTEMPTS = 8
const BASE_MS = 20
const CAP_MS = 1_000
/** Of PutRecords: 500 records, 5 MiB with their keys. */
const MAX_RECORDS = 500
const MAX_BYTES = 4_500_000

interface Entry<Record> extends KinesisEntry {
  readonly record: Record
}

/** Puts records, no two with the same key, into a stream of Kinesis. */
export class Publisher<Record> {
  readonly #options: PublisherOptions<Record>

  constructor(options: PublisherOptions<Record>) {
    this.#options = options
  }

  /** Resolves with those that Kinesis has not acknowledged after all attempts, at most some four seconds. */
  async publish<Kind extends Record>(records: readonly Kind[]): Promise<readonly Kind[]> {
    const { encode } = this.#options
    const entries = records.map((record): Entry<Kind> => ({ record, ...encode(record) }))
    const failed: Kind[] = []
    for (const batch of inBatches(entries)) {
      failed.push(...(await this.#put(batch)).map(({ record }) => record))
    }
    return failed
  }

  /** Those that are throttled or fail are sent again, full jitter between the attempts; the others are not. */
  async #put<Kind>(batch: readonly Entry<Kind>[]): Promise<readonly Entry<Kind>[]> {
    let left = batch
    for (let attempt = 1; ; attempt += 1) {
      left = await this.#attempt(left)
      if (left.length === 0 || attempt === MAX_ATTEMPTS) return left
      await sleep(Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** attempt))
    }
  }

  async #attempt<Kind>(batch: readonly Entry<Kind>[]): Promise<readonly Entry<Kind>[]> {
    const { client, streamName, onRetry } = this.#options
    const Records = batch.map(({ data, key }) => ({ Data: data, PartitionKey: key }))
    try {
      const answer = await client.send(new PutRecordsCommand({ StreamName: streamName, Records }))
      const left = batch.filter((_, index) => answer.Records?.[index]?.ErrorCode !== undefined)
      for (const { ErrorCode } of answer.Records ?? []) if (ErrorCode !== undefined) onRetry(ErrorCode)
      return left
    } catch (error) {
      onRetry(error instanceof Error ? error.name : String(error))
      return batch
    }
  }
}

function* inBatches<Record>(entries: readonly Entry<Record>[]): Generator<readonly Entry<Record>[]> {
  let batch: Entry<Record>[] = []
  let bytes = 0
  for (const entry of entries) {
    const size = entry.data.byteLength + Buffer.byteLength(entry.key)
    if (batch.length === MAX_RECORDS || (batch.length > 0 && bytes + size > MAX_BYTES)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(entry)
    bytes += size
  }
  if (batch.length > 0) yield batch
}
