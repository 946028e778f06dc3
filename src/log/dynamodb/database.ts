import {
  type AttributeValue,
  BatchGetItemCommand,
  type CancellationReason,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import { LogUnavailable } from '../EventLog.ts'
import { mapBounded } from './bounded.ts'
import { asUnavailable, retryReason } from './failures.ts'
import { type Key, keyText } from './layout.ts'
import { Attempts, type OnRetry } from './retry.ts'

export type Item = Record<string, AttributeValue>
export type { CancellationReason, TransactWriteItem }

/** The part of the SDK's client that is used. */
export type DynamoClient = Pick<DynamoDBClient, 'send' | 'destroy'>

export interface Connection {
  readonly region?: string | undefined
  /** Of DynamoDB Local; else AWS's own. */
  readonly endpoint?: string | null | undefined
  /** An attempt without an answer ends so late. 3 s. */
  readonly requestTimeoutMs?: number | undefined
}

const CONNECTION_TIMEOUT_MS = 1_000
const REQUEST_TIMEOUT_MS = 3_000
const MAX_SOCKETS = 128

/**
 * With the SDK's usual ways to find region and credentials. It makes no request twice: an attempt that nobody knows of could turn a
 * commit that happened into a lost race.
 */
export const connect = ({
  region,
  endpoint,
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
}: Connection): DynamoDBClient =>
  new DynamoDBClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint == null ? {} : { endpoint }),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: MAX_SOCKETS },
      httpsAgent: { maxSockets: MAX_SOCKETS },
    },
  })

export const attributes = ({ pk, sk }: Key): Item => ({ pk: { S: pk }, sk: { N: sk } })
export const keyOf = ({ pk, sk }: Item): Key => ({ pk: pk?.S ?? '', sk: sk?.N ?? '' })

export interface Range {
  readonly pk: string
  /** Items with sk greater, or with `newest` any. */
  readonly after: string
  readonly limit: number
  /** From the greatest sk downwards. */
  readonly newest?: boolean
}

/** What one page of a query or scan may hold, as DynamoDB wants it said. */
const MAX_PAGE = 1_000
const MAX_BATCH = 100
const BATCHES_AT_ONCE = 16

/** The table, by consistent reads. Reads are made again while that may help; then they reject with `LogUnavailable`. */
export class Table {
  readonly name: string
  readonly onRetry: OnRetry
  readonly #client: DynamoClient

  constructor(client: DynamoClient, name: string, onRetry: OnRetry) {
    this.#client = client
    this.name = name
    this.onRetry = onRetry
  }

  /** `attribute`: no other. */
  async get(key: Key, attribute?: string): Promise<Item | undefined> {
    const wanted =
      attribute === undefined
        ? {}
        : { ProjectionExpression: '#it', ExpressionAttributeNames: { '#it': attribute } }
    const command = { TableName: this.name, Key: attributes(key), ConsistentRead: true, ...wanted }
    const { Item } = await this.#read(() => this.#client.send(new GetItemCommand(command)))
    return Item
  }

  /** By `keyText`; those that there are not are left out. A key may be named twice. */
  async getMany(keys: readonly Key[]): Promise<ReadonlyMap<string, Item>> {
    const distinct = [...new Map(keys.map((key) => [keyText(key), key])).values()]
    const batches: Key[][] = []
    for (let i = 0; i < distinct.length; i += MAX_BATCH) batches.push(distinct.slice(i, i + MAX_BATCH))
    const items = await mapBounded(BATCHES_AT_ONCE, batches, (batch) => this.#getBatch(batch.map(attributes)))
    return new Map(items.flat().map((item) => [keyText(keyOf(item)), item]))
  }

  /** A batch answers as much as it likes: some megabytes, or what a partition has to give. */
  async #getBatch(keys: readonly Item[]): Promise<Item[]> {
    const found: Item[] = []
    const attempts = new Attempts(this.onRetry)
    for (let left = [...keys]; ; ) {
      const request = { RequestItems: { [this.name]: { Keys: left, ConsistentRead: true } } }
      const answer = await this.#read(() => this.#client.send(new BatchGetItemCommand(request)))
      found.push(...(answer.Responses?.[this.name] ?? []))
      const undone = answer.UnprocessedKeys?.[this.name]?.Keys ?? []
      if (undone.length === 0) return found
      if (undone.length < left.length) attempts.begin()
      if (!(await attempts.another('partial'))) throw new LogUnavailable('The log could not be read whole')
      left = undone
    }
  }

  async query({ pk, after, limit, newest = false }: Range): Promise<Item[]> {
    const found: Item[] = []
    let start: Item | undefined
    while (found.length < limit) {
      const command = new QueryCommand({
        TableName: this.name,
        KeyConditionExpression: 'pk = :pk AND sk > :after',
        ExpressionAttributeValues: { ':pk': { S: pk }, ':after': { N: after } },
        Limit: Math.min(limit - found.length, MAX_PAGE),
        ScanIndexForward: !newest,
        ConsistentRead: true,
        ExclusiveStartKey: start,
      })
      const { Items = [], LastEvaluatedKey } = await this.#read(() => this.#client.send(command))
      found.push(...Items)
      if (LastEvaluatedKey === undefined) break
      start = LastEvaluatedKey
    }
    return found
  }

  /** A page of one segment of the whole table: those of its items that are events, or those that are not. */
  async scan(segment: number, of: number, what: 'events' | 'others', after: Key | null) {
    const command = new ScanCommand({
      TableName: this.name,
      Segment: segment,
      TotalSegments: of,
      FilterExpression: what === 'events' ? 'attribute_exists(#type)' : 'attribute_not_exists(#type)',
      ExpressionAttributeNames: { '#type': 'type' },
      ConsistentRead: true,
      ExclusiveStartKey: after === null ? undefined : attributes(after),
    })
    const { Items = [], LastEvaluatedKey } = await this.#read(() => this.#client.send(command))
    return { items: Items, next: LastEvaluatedKey === undefined ? null : keyOf(LastEvaluatedKey) }
  }

  async isEmpty(): Promise<boolean> {
    const command = new ScanCommand({ TableName: this.name, Limit: 1, ConsistentRead: true })
    const { Items = [] } = await this.#read(() => this.#client.send(command))
    return Items.length === 0
  }

  /** Does nothing where the item is. */
  async putNew(item: Item): Promise<void> {
    const command = { TableName: this.name, Item: item, ConditionExpression: 'attribute_not_exists(pk)' }
    await this.#ask('written', async () => {
      try {
        await this.#client.send(new PutItemCommand(command))
      } catch (error) {
        if (!(error instanceof Error && error.name === 'ConditionalCheckFailedException')) throw error
      }
    })
  }

  /**
   * One attempt. Null once it is durable, else why it was cancelled, a reason for each item; rejects as the SDK does. With the same
   * token and items it happens once at most, within the ten minutes that DynamoDB remembers them.
   */
  async transact(items: TransactWriteItem[], token: string): Promise<readonly CancellationReason[] | null> {
    try {
      await this.#client.send(
        new TransactWriteItemsCommand({ TransactItems: items, ClientRequestToken: token }),
      )
      return null
    } catch (error) {
      if (error instanceof TransactionCanceledException) return error.CancellationReasons ?? []
      throw error
    }
  }

  close(): void {
    this.#client.destroy()
  }

  #read<A>(request: () => Promise<A>): Promise<A> {
    return this.#ask('read', request)
  }

  /** Again while that may help. */
  async #ask<A>(doing: string, request: () => Promise<A>): Promise<A> {
    const attempts = new Attempts(this.onRetry)
    for (;;) {
      try {
        return await request()
      } catch (error) {
        const reason = retryReason(error)
        if (reason === null || !(await attempts.another(reason))) throw asUnavailable(doing, error)
      }
    }
  }
}
