import { encodeEvent } from '../domain/events.ts'
import { parseStream, type StreamName, type TenantId } from '../domain/streams.ts'
import type { Append } from '../ops/command.ts'
import { CommitTooLarge, type LogCommit, MAX_COMMIT_BYTES, MAX_COMMIT_ITEMS } from './EventLog.ts'

/** A commit with its events in their stored form: plain data that an engine can send to wherever it writes. */
export interface EncodedCommit extends Omit<LogCommit, 'appends'> {
  readonly appends: readonly EncodedAppend[]
  /** Of all event data, in UTF-8. */
  readonly bytes: number
}

export interface EncodedAppend {
  readonly stream: StreamName
  /** Empty for the `tenants` stream, which belongs to no tenant. */
  readonly tenant: TenantId
  readonly expected: number
  readonly events: readonly EncodedEvent[]
}

export type EncodedEvent = ReturnType<typeof encodeEvent>

/**
 * Throws `CommitTooLarge` past the limits that every engine shares, and a `TypeError` for what no caller may ask: the same stream
 * or idempotency key twice in a commit, a stream with a name that is none, a time that is none.
 */
export function encodeCommit(commit: LogCommit): EncodedCommit {
  limit('items', countItems(commit), MAX_COMMIT_ITEMS)
  const appends = commit.appends.map(encodeAppend)
  const bytes = appends.reduce((sum, append) => sum + sizeOf(append.events), 0)
  limit('bytes of event data', bytes, MAX_COMMIT_BYTES)
  requireDistinct('stream', commit.appends, (append) => append.stream)
  requireDistinct('idempotency key', commit.idempotency, (record) => record.key)
  if (Number.isNaN(Date.parse(commit.meta.at))) throw new TypeError(`not a time: ${commit.meta.at}`)
  return { ...commit, appends, bytes }
}

/** Events, the new head of each stream, checks, claims, releases, idempotency records. */
const countItems = ({ appends, checks, claims, releases, idempotency }: LogCommit): number =>
  appends.reduce((sum, append) => sum + append.events.length, appends.length) +
  checks.length +
  claims.length +
  releases.length +
  idempotency.length

function encodeAppend({ stream, expected, events }: Append): EncodedAppend {
  const parts = parseStream(stream)
  if (parts === null) throw new TypeError(`not a stream name: ${stream}`)
  return { stream, tenant: parts.tenant, expected, events: events.map(encodeEvent) }
}

const sizeOf = (events: readonly EncodedEvent[]): number =>
  events.reduce((sum, { data }) => sum + Buffer.byteLength(data), 0)

function limit(what: string, actual: number, max: number): void {
  if (actual > max) throw new CommitTooLarge(`a commit has at most ${max} ${what}; this one has ${actual}`)
}

function requireDistinct<A>(what: string, items: readonly A[], key: (item: A) => string): void {
  if (items.length > 1 && new Set(items.map(key)).size < items.length) {
    throw new TypeError(`a commit names each ${what} once: ${items.map(key).join(', ')}`)
  }
}
