import type { PlacedEvent } from '../../StoredLog.ts'
import { expressionOf, isAt } from '../conditions.ts'
import type { Item, TransactWriteItem } from '../database.ts'
import { grow, headItem, type StreamHead } from '../rows.ts'
import { MAX_ITEMS } from './fences.ts'

/** What one transaction writes of a stream. */
export interface Piece {
  readonly before: StreamHead
  readonly head: StreamHead
  readonly items: readonly Item[]
  readonly bytes: number
  /** These, and those that were to be written after them: what is left if it is not written, or is. */
  readonly events: readonly PlacedEvent[]
  readonly after: readonly PlacedEvent[]
}

/** A transaction's limit is 4 MB, an event's some 300 kB: so much is surely taken. */
const MAX_BYTES = 3_000_000
const MAX_EVENTS = MAX_ITEMS - 1

/** The next events of a stream with this head, as many as fit. */
export function pieceOf(before: StreamHead, events: readonly PlacedEvent[]): Piece {
  const items: Item[] = []
  let head = before
  let bytes = 0
  for (const { stream, seq, name, version, data, meta, commit } of events.slice(0, MAX_EVENTS)) {
    if (seq !== head.seq + 1) throw new Error(`events of ${stream} do not follow on those before`)
    if (items.length > 0 && bytes > MAX_BYTES / 2) break
    const append = { stream, tenant: '', expected: head.seq, events: [{ name, version, data }] }
    const grown = grow(head, append, meta, commit)
    items.push(...grown.events)
    head = grown.head
    bytes += Buffer.byteLength(JSON.stringify(grown.events))
  }
  return { before, head, items, bytes, events, after: events.slice(items.length) }
}

/** As few transactions as their limits allow, without much ado. */
export function packed(pieces: readonly Piece[]): readonly (readonly Piece[])[] {
  const transactions: Piece[][] = []
  let [items, bytes] = [0, 0]
  for (const piece of pieces) {
    items += piece.items.length + 1
    bytes += piece.bytes
    const last = transactions.at(-1)
    if (last !== undefined && items <= MAX_ITEMS && bytes <= MAX_BYTES) last.push(piece)
    else {
      transactions.push([piece])
      ;[items, bytes] = [piece.items.length + 1, piece.bytes]
    }
  }
  return transactions
}

/** The head is written if it is still what was read: events and head come together, and once. */
export function itemsOf(TableName: string, { before, head, items, events }: Piece): TransactWriteItem[] {
  const last = events[items.length - 1]
  if (last === undefined) return []
  const Item = headItem(last.stream, head, last.commit)
  return [
    { Put: { TableName, Item, ...expressionOf(isAt(before.seq)) } },
    ...items.map((item) => ({ Put: { TableName, Item: item } })),
  ]
}
