import { randomUUID } from 'node:crypto'
import type { Claim } from '../../../domain/claims.ts'
import {
  type CopyOf,
  type LogCopy,
  NotACopy,
  type OpenedCopy,
  type PlacedEvent,
  type RequestName,
  type StoredRequest,
} from '../../StoredLog.ts'
import { type DynamoLogOptions, openTable } from '../DynamoLogReader.ts'
import { attributes, type Table, type TransactWriteItem } from '../database.ts'
import { claimKey, headKey, keyText, requestKey } from '../layout.ts'
import { claimItem, readHead, requestItem, type StreamHead, text } from '../rows.ts'
import { findLog, identityIn, logItem } from '../schema.ts'
import { DynamoStoredLog } from './DynamoStoredLog.ts'
import { MAX_ITEMS, notePass, raiseFences, removeFences, writeFenced } from './fences.ts'
import { itemsOf, type Piece, packed, pieceOf } from './pieces.ts'

/** Rejects with `NotACopy` where the table holds something else, or a copy of another log. */
export async function openDynamoCopy(options: DynamoLogOptions, of: CopyOf): Promise<OpenedCopy> {
  const table = openTable(options)
  try {
    const item = (await findLog(table)) ?? (of === null ? {} : await begin(table, of))
    if (item.copyOf === undefined)
      throw new NotACopy(item.epoch === undefined ? 'holds no copy' : 'holds a log')
    if (of !== null && item.copyOf.S !== of.epoch) throw new NotACopy('holds a copy of another log')
    if (item.copying === undefined) {
      table.close()
      return 'finished'
    }
    await raiseFences(table)
    return new DynamoCopy(table, identityIn(item, table.name))
  } catch (error) {
    table.close()
    throw error
  }
}

/** Whoever comes first. */
async function begin(table: Table, of: NonNullable<CopyOf>) {
  if (!(await table.isEmpty())) {
    // Another process may have begun it between two looks.
    const begun = await findLog(table)
    if (begun === undefined) throw new NotACopy('holds something that is no log')
    return begun
  }
  await table.putNew({ ...logItem(of.secret), copyOf: text(of.epoch), copying: { BOOL: true } })
  return (await findLog(table)) ?? {}
}

/** Each event is an item as the log writes it, so there is nothing to arrange. */
class DynamoCopy extends DynamoStoredLog implements LogCopy {
  /** In rounds: of a stream that is too long for one transaction the rest comes in the next, with what another process was quicker to write. */
  async append(streams: readonly (readonly PlacedEvent[])[]): Promise<void> {
    for (let left = streams; ; ) {
      const pieces = await this.#pieces(left)
      if (pieces.length === 0) return
      const transactions = packed(pieces)
      const written = await writeFenced(
        this.table,
        transactions.map((own) => own.flatMap((piece) => itemsOf(this.table.name, piece))),
      )
      left = transactions.flatMap((own, index) =>
        own.map(({ events, after }) => (written[index] === true ? after : events)),
      )
    }
  }

  /** The next of each stream, of events that are not there yet. */
  async #pieces(streams: readonly (readonly PlacedEvent[])[]): Promise<readonly Piece[]> {
    const wanted = streams.flatMap((events) => (events[0] === undefined ? [] : [events[0].stream]))
    const items = await this.table.getMany(wanted.map(headKey))
    return streams.flatMap((events) => {
      const [first] = events
      if (first === undefined) return []
      const head: StreamHead = readHead(items.get(keyText(headKey(first.stream))))
      const missing = events.filter(({ seq }) => seq > head.seq)
      return missing.length === 0 ? [] : [pieceOf(head, missing)]
    })
  }

  async setClaims(taken: readonly Claim[], released: readonly Claim[]): Promise<void> {
    const TableName = this.table.name
    const puts = taken.map((claim) => ({ Put: { TableName, Item: claimItem(claim, randomUUID()) } }))
    const deletes = released.map((claim) => ({ Delete: { TableName, Key: attributes(claimKey(claim)) } }))
    await this.#writeAll([...puts, ...deletes])
  }

  async addRequests(requests: readonly StoredRequest[]): Promise<void> {
    const TableName = this.table.name
    await this.#writeAll(
      requests.map((request) => ({ Put: { TableName, Item: requestItem(request, randomUUID()) } })),
    )
  }

  async removeRequests(names: readonly RequestName[]): Promise<void> {
    const TableName = this.table.name
    await this.#writeAll(
      names.map(({ tenant, key }) => ({ Delete: { TableName, Key: attributes(requestKey(tenant, key)) } })),
    )
  }

  passed(began: string): Promise<void> {
    return notePass(this.table, began)
  }

  async lastPass(): Promise<string | null> {
    return (await findLog(this.table))?.lastPass?.S ?? null
  }

  async #writeAll(items: readonly TransactWriteItem[]): Promise<void> {
    await writeFenced(this.table, inBatches(items))
  }

  async arrange(): Promise<void> {}

  finish(): Promise<void> {
    return removeFences(this.table)
  }
}

/** Results of requests are 300 kB at most, so that ten of them stay below a transaction's 4 MB. */
function inBatches(items: readonly TransactWriteItem[]): TransactWriteItem[][] {
  const batches: TransactWriteItem[][] = []
  let bytes = 0
  for (const item of items) {
    const size = JSON.stringify(item).length
    const last = batches.at(-1)
    if (last === undefined || last.length === MAX_ITEMS || bytes + size > MAX_BYTES) {
      batches.push([item])
      bytes = size
    } else {
      last.push(item)
      bytes += size
    }
  }
  return batches
}

const MAX_BYTES = 1_000_000
