import type { ClaimKind } from '../../domain/claims.ts'
import type { RecordedEvent } from '../../domain/events.ts'
import type { StreamName, TenantId } from '../../domain/streams.ts'
import type { Json } from '../../domain/user.ts'
import type { Head } from '../../ops/command.ts'
import type { StreamRange } from '../../ops/past.ts'
import { decidable } from '../decidable.ts'
import {
  type EventPage,
  type IdempotencyRecord,
  type LogPart,
  type LogReader,
  LogUnavailable,
  type StreamPage,
} from '../EventLog.ts'
import { mapBounded } from './bounded.ts'
import { type Connection, connect, type DynamoClient, type Item, Table } from './database.ts'
import { Heads } from './heads.ts'
import { itemLoader } from './itemLoader.ts'
import { claimKey, eventKey, HEAD_SHARDS, headKey, headsOf, type Key, keyText, requestKey } from './layout.ts'
import type { OnRetry } from './retry.ts'
import { readEvent, readHead, readText, type StreamHead, unbroken } from './rows.ts'
import { SharedReads } from './SharedReads.ts'
import { type LogIdentity, readIdentity } from './schema.ts'

export interface DynamoLogOptions extends Connection {
  readonly table: string
  readonly onRetry?: OnRetry | undefined
  /** Instead of a connection: one that `connect` made. It is closed with the log. */
  readonly client?: DynamoClient | undefined
}

/** Opens a log that exists; rejects with `LogUnavailable` if there is none. */
export async function openDynamoLogReader(options: DynamoLogOptions): Promise<LogReader> {
  const table = openTable(options)
  return new DynamoLogReader(table, await readIdentity(table))
}

export const openTable = ({ table, client, onRetry = () => {}, ...connection }: DynamoLogOptions): Table =>
  new Table(client ?? connect(connection), table, onRetry)

/** Events that are read with a head, at once: most streams have no older one that is still the newest of its type. */
const NEWEST = 8
/** Requests of one call that are under way at the same time. */
const AT_ONCE = 16

/** Each question is a request or some, at the latency of the network; a stream's events come from one partition. */
export class DynamoLogReader implements LogReader {
  readonly capabilities = { totalOrder: false }
  readonly epoch: string
  readonly secret: string
  protected readonly heads = new Heads()
  protected readonly table: Table
  readonly #shared = new SharedReads()
  readonly #items: ReturnType<typeof itemLoader>
  #isClosed = false

  constructor(table: Table, { epoch, secret }: LogIdentity) {
    this.table = table
    this.#items = itemLoader(table)
    this.epoch = epoch
    this.secret = secret
  }

  async head(stream: StreamName): Promise<Head> {
    return this.#shared.read(stream, () => this.#readHead(stream))
  }

  async seqs(streams: readonly StreamName[]): Promise<readonly number[]> {
    return this.#shared.read(JSON.stringify(streams), async () => {
      const items = await this.#open().getMany(streams.map(headKey))
      return streams.map((stream) => this.#saw(stream, items.get(keyText(headKey(stream)))).seq)
    })
  }

  async claimOwner(tenant: TenantId, kind: ClaimKind, value: string): Promise<string | null> {
    return (await this.#get(claimKey({ tenant, kind, value })))?.owner?.S ?? null
  }

  async recall(tenant: TenantId, key: string): Promise<IdempotencyRecord | null> {
    const item = await this.#get(requestKey(tenant, key))
    if (item === undefined) return null
    return {
      key,
      fingerprint: readText(item, 'fingerprint'),
      result: JSON.parse(readText(item, 'result')) as Json,
    }
  }

  async read(stream: StreamName, after: number, limit: number): Promise<readonly RecordedEvent[]> {
    if (limit <= 0) return []
    const items = await this.#open().query({ pk: stream, after: String(after), limit })
    return unbroken(items.map(readEvent), after)
  }

  async streams(tenant: TenantId, after: string | null, limit: number): Promise<StreamPage> {
    const table = this.#open()
    const found: { readonly stream: StreamName; readonly seq: number; readonly place: string }[] = []
    let [shard = '0', sk = '-1'] = after?.split(':') ?? []
    for (; found.length <= limit; sk = '-1') {
      const heads = await table.query({
        pk: headsOf(tenant, shard),
        after: sk,
        limit: limit + 1 - found.length,
      })
      for (const item of heads) {
        const stream = readText(item, 'stream') as StreamName
        found.push({ stream, seq: readHead(item).seq, place: `${shard}:${item.sk?.N}` })
      }
      const next = HEAD_SHARDS[HEAD_SHARDS.indexOf(shard) + 1]
      if (next === undefined) break
      shard = next
    }
    const page = found.slice(0, limit)
    return {
      streams: page.map(({ stream }) => stream),
      seqs: page.map(({ seq }) => seq),
      next: found.length > limit ? (page.at(-1)?.place ?? null) : null,
    }
  }

  async scanPart({ index, of }: LogPart, after: string | null): Promise<EventPage> {
    const start = after === null ? null : (JSON.parse(after) as Key)
    const { items, next } = await this.#open().scan(index, of, 'events', start)
    return { events: items.map(readEvent), next: next === null ? null : JSON.stringify(next) }
  }

  async readAll(streams: readonly StreamName[]): Promise<readonly (readonly RecordedEvent[])[]> {
    this.#open()
    const distinct = [...new Set(streams)]
    const all = await mapBounded(AT_ONCE, distinct, (stream) =>
      this.read(stream, 0, Number.POSITIVE_INFINITY),
    )
    const byStream = new Map(distinct.map((stream, index) => [stream, all[index] ?? []]))
    return streams.map((stream) => byStream.get(stream) ?? [])
  }

  /** Ranges of one event, which are the most, go together. */
  async readRanges(ranges: readonly StreamRange[]): Promise<readonly (readonly RecordedEvent[])[]> {
    const table = this.#open()
    const single = ranges.filter(({ limit }) => limit === 1)
    const items = await table.getMany(single.map(({ stream, after }) => eventKey(stream, after + 1)))
    return mapBounded(AT_ONCE, ranges, async ({ stream, after, limit }) => {
      if (limit !== 1) return this.read(stream, after, limit)
      const item = items.get(keyText(eventKey(stream, after + 1)))
      return item === undefined ? [] : [readEvent(item)]
    })
  }

  close(): Promise<void> {
    if (!this.#isClosed) this.table.close()
    this.#isClosed = true
    return Promise.resolve()
  }

  /** Both at once. What the head names and the newest events lack is older, or had not appeared yet: it has by then. */
  async #readHead(stream: StreamName): Promise<Head> {
    const table = this.#open()
    const [item, newest] = await Promise.all([
      this.#get(headKey(stream)),
      table.query({ pk: stream, after: '0', limit: NEWEST, newest: true }),
    ])
    const { seq, latest } = this.#saw(stream, item)
    const events = new Map(newest.map((item) => [Number(item.sk?.N), item]))
    const wanted = Object.values(latest).sort((a, b) => a - b)
    const others = wanted.filter((seq) => !events.has(seq)).map((seq) => eventKey(stream, seq))
    const found = others.length === 0 ? new Map<string, Item>() : await table.getMany(others)
    const newestOfEach = wanted.map((seq) => {
      const item = events.get(seq) ?? found.get(keyText(eventKey(stream, seq)))
      if (item === undefined)
        throw new LogUnavailable(`The log has no event ${seq} of ${stream}, which its head names`)
      return readEvent(item)
    })
    return { seq, latest: decidable(newestOfEach) }
  }

  #saw(stream: StreamName, item: Item | undefined): StreamHead {
    const head = readHead(item)
    this.heads.saw(stream, head)
    return head
  }

  #get(key: Key): Promise<Item | undefined> {
    this.#open()
    return this.#items.load(key)
  }

  #open(): Table {
    if (this.#isClosed) throw new LogUnavailable('The log is closed')
    return this.table
  }
}
