import { setTimeout as sleep } from 'node:timers/promises'
import {
  BatchGetItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { StreamName } from '../../../domain/streams.ts'
import type { Held, Marks } from './Marks.ts'

export interface DynamoMarksOptions {
  /** It makes requests again by itself: each of these may happen twice. */
  readonly client: Pick<DynamoDBClient, 'send'>
  readonly table: string
  readonly epoch: string
}

const MAX_BATCH = 100
/** So often in a row a batch may answer nothing of what it is asked: some four seconds. */
export const MAX_IN_VAIN = 8
const BASE_MS = 20
const CAP_MS = 1_000
const AT_ONCE = 16

/**
 * One table, with `pk` and `sk` (strings) for its key. `=` is before a number.
 *
 *     mark   pk acme/user/ann   sk {epoch}        seq =12
 *     held   pk held#{epoch}    sk acme/user/ann  seq =14 · reason …
 */
export class DynamoMarks implements Marks {
  readonly #options: DynamoMarksOptions

  constructor(options: DynamoMarksOptions) {
    this.#options = options
  }

  async load(streams: readonly StreamName[]): Promise<ReadonlyMap<StreamName, number>> {
    const batches: StreamName[][] = []
    for (let i = 0; i < streams.length; i += MAX_BATCH) batches.push(streams.slice(i, i + MAX_BATCH))
    const found = await Promise.all(batches.map((batch) => this.#loadBatch(batch)))
    return new Map(found.flat())
  }

  async #loadBatch(streams: readonly StreamName[]): Promise<(readonly [StreamName, number])[]> {
    const { client, table } = this.#options
    const found: (readonly [StreamName, number])[] = []
    let left = streams.map((stream) => this.#markKey(stream))
    for (let inVain = 0; ; ) {
      const RequestItems = { [table]: { Keys: left, ConsistentRead: true } }
      const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand({ RequestItems }))
      for (const { pk, seq } of Responses?.[table] ?? []) found.push([pk?.S as StreamName, Number(seq?.N)])
      const undone = (UnprocessedKeys?.[table]?.Keys ?? []) as typeof left
      if (undone.length === 0) return found
      inVain = undone.length < left.length ? 0 : inVain + 1
      if (inVain === MAX_IN_VAIN) throw new Error(notWhole(table, undone.length, streams.length))
      left = undone
      await sleep(Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** inVain))
    }
  }

  async save(marks: ReadonlyMap<StreamName, number>): Promise<void> {
    const left = marks.entries()
    const work = async () => {
      for (const [stream, seq] of left) await this.#save(stream, seq)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  }

  async #save(stream: StreamName, seq: number): Promise<void> {
    const command = new UpdateItemCommand({
      TableName: this.#options.table,
      Key: this.#markKey(stream),
      UpdateExpression: 'SET seq = :seq',
      ConditionExpression: 'attribute_not_exists(seq) OR seq < :seq',
      ExpressionAttributeValues: { ':seq': { N: String(seq) } },
    })
    try {
      await this.#options.client.send(command)
    } catch (error) {
      // Another has published more of it meanwhile.
      if (!(error instanceof Error && error.name === 'ConditionalCheckFailedException')) throw error
    }
  }

  async hold({ stream, seq, reason }: Held): Promise<void> {
    const Item = { ...this.#heldKey(stream), seq: { N: String(seq) }, reason: { S: reason } }
    await this.#options.client.send(new PutItemCommand({ TableName: this.#options.table, Item }))
  }

  async release(stream: StreamName): Promise<void> {
    const Key = this.#heldKey(stream)
    await this.#options.client.send(new DeleteItemCommand({ TableName: this.#options.table, Key }))
  }

  async held(after: StreamName | null, limit: number): Promise<readonly Held[]> {
    const { client, table, epoch } = this.#options
    const command = new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: heldOf(epoch) } },
      ConsistentRead: true,
      Limit: limit,
      ExclusiveStartKey: after === null ? undefined : this.#heldKey(after),
    })
    const { Items = [] } = await client.send(command)
    return Items.map(({ sk, seq, reason }) => ({
      stream: sk?.S as StreamName,
      seq: Number(seq?.N),
      reason: reason?.S ?? '',
    }))
  }

  #markKey(stream: StreamName) {
    return { pk: { S: stream }, sk: { S: this.#options.epoch } }
  }

  #heldKey(stream: StreamName) {
    return { pk: { S: heldOf(this.#options.epoch) }, sk: { S: stream } }
  }
}

const notWhole = (table: string, left: number, of: number): string =>
  `The table ${table} could not be read whole: of ${of} marks, ${left} were left undone each time`

const heldOf = (epoch: string): string => `held#${epoch}`
