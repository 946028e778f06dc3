import type { Claim, ClaimKind } from '../../../domain/claims.ts'
import type { StreamName } from '../../../domain/streams.ts'
import type { StreamRange } from '../../../ops/past.ts'
import type {
  PlacedEvent,
  RequestName,
  StoredHead,
  StoredLogReader,
  StoredPage,
  StoredRequest,
} from '../../StoredLog.ts'
import { mapBounded } from '../bounded.ts'
import { type DynamoLogOptions, openTable } from '../DynamoLogReader.ts'
import type { Item, Table } from '../database.ts'
import { claimKey, headKey, type Key, keyText, requestKey } from '../layout.ts'
import { readHead, readText, storedAt, unbroken } from '../rows.ts'
import { type LogIdentity, readIdentity } from '../schema.ts'

/** Of a log that exists; rejects with `LogUnavailable` if there is none. */
export async function openDynamoStoredLog(options: DynamoLogOptions): Promise<StoredLogReader> {
  const table = openTable(options)
  return new DynamoStoredLog(table, await readIdentity(table))
}

/** Ranges that are read at the same time. */
const AT_ONCE = 32

/** Pages are those of a scan of the whole table: it costs the reading of the events, too, and leaves them out. */
export class DynamoStoredLog implements StoredLogReader {
  readonly epoch: string
  readonly secret: string
  protected readonly table: Table

  constructor(table: Table, { epoch, secret }: LogIdentity) {
    this.table = table
    this.epoch = epoch
    this.secret = secret
  }

  async size(): Promise<number | null> {
    return null
  }

  async page(after: string | null): Promise<StoredPage> {
    const start = after === null ? null : (JSON.parse(after) as Key)
    const { items, next } = await this.table.scan(0, 1, 'others', start)
    return {
      heads: items.filter(({ latest }) => latest !== undefined).map(headIn),
      claims: items.filter(({ owner }) => owner !== undefined).map(claimIn),
      requests: items.filter(({ fingerprint }) => fingerprint !== undefined).map(requestIn),
      next: next === null ? null : JSON.stringify(next),
    }
  }

  async heads(streams: readonly StreamName[]): Promise<readonly StoredHead[]> {
    const items = await this.table.getMany(streams.map(headKey))
    return streams.map((stream) => {
      const { seq, hash, latest } = readHead(items.get(keyText(headKey(stream))))
      return { stream, seq, hash, newest: latest }
    })
  }

  ranges(ranges: readonly StreamRange[]): Promise<readonly (readonly PlacedEvent[])[]> {
    return mapBounded(AT_ONCE, ranges, async ({ stream, after, limit }) => {
      const items = await this.table.query({ pk: stream, after: String(after), limit })
      const placed = items.map((item) => ({ ...storedAt(item), commit: item.commit?.S ?? '', position: 0 }))
      return unbroken(placed, after)
    })
  }

  async owners(names: readonly Omit<Claim, 'owner'>[]): Promise<readonly (string | null)[]> {
    const items = await this.table.getMany(names.map(claimKey))
    return names.map((name) => items.get(keyText(claimKey(name)))?.owner?.S ?? null)
  }

  async requests(names: readonly RequestName[]): Promise<readonly (StoredRequest | null)[]> {
    const items = await this.table.getMany(names.map(({ tenant, key }) => requestKey(tenant, key)))
    return names.map(({ tenant, key }) => {
      const item = items.get(keyText(requestKey(tenant, key)))
      return item === undefined ? null : requestIn(item)
    })
  }

  async close(): Promise<void> {
    this.table.close()
  }
}

function headIn(item: Item): StoredHead {
  const { seq, hash, latest } = readHead(item)
  return { stream: readText(item, 'stream') as StreamName, seq, hash, newest: latest }
}

const claimIn = (item: Item): Claim => ({
  tenant: readText(item, 'tenant'),
  kind: readText(item, 'kind') as ClaimKind,
  value: readText(item, 'value'),
  owner: readText(item, 'owner'),
})

const requestIn = (item: Item): StoredRequest => ({
  tenant: readText(item, 'tenant'),
  key: readText(item, 'idempotencyKey'),
  fingerprint: readText(item, 'fingerprint'),
  result: readText(item, 'result'),
})
