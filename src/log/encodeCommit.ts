import { encodeEvent } from '../domain/events.ts'
import { parseStream, type StreamName, type TenantId } from '../domain/streams.ts'
import type { Append } from '../ops/command.ts'
import {
  CommitTooLarge,
  type IdempotencyRecord,
  type LogCommit,
  MAX_COMMIT_BYTES,
  MAX_COMMIT_ITEMS,
  MAX_PART_BYTES,
} from './EventLog.ts'

/** A commit with its events in their stored form: plain data that an engine can send to wherever it writes. */
export interface EncodedCommit extends Omit<LogCommit, 'appends' | 'idempotency' | 'after'> {
  readonly appends: readonly EncodedAppend[]
  readonly idempotency: readonly EncodedRecord[]
  /** What MAX_COMMIT_BYTES limits, in UTF-8. */
  readonly bytes: number
}

export interface EncodedAppend {
  readonly stream: StreamName
  /** Empty for the `tenants` stream, which belongs to no tenant. */
  readonly tenant: TenantId
  readonly expected: number
  readonly events: readonly EncodedEvent[]
}

/** With its result as JSON. */
export type EncodedRecord = Omit<IdempotencyRecord, 'result'> & { readonly result: string }

/** Its kind may be one of a newer release, where it was not encoded here. */
export interface EncodedEvent {
  readonly name: string
  readonly version: number
  readonly data: string
}

/**
 * Throws `CommitTooLarge` past the limits that every engine shares, and a `TypeError` for what no caller may ask: the same stream
 * or idempotency key twice in a commit, a stream with a name that is none, a time that is none.
 */
export function encodeCommit(commit: LogCommit): EncodedCommit {
  limit('items', countItems(commit), MAX_COMMIT_ITEMS)
  const appends = commit.appends.map(encodeAppend)
  const idempotency = commit.idempotency.map(encodeRecord)
  const events = appends.flatMap((append) => append.events.map(({ data }) => Buffer.byteLength(data)))
  const records = idempotency.map(({ key, result }) => Buffer.byteLength(key) + Buffer.byteLength(result))
  const provenance = events.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(commit.meta))
  const bytes = sum(events) + sum(records) + events.length * provenance
  limit('bytes', bytes, MAX_COMMIT_BYTES)
  for (const size of [...events, ...records]) limit('bytes in one part', size + provenance, MAX_PART_BYTES)
  requireDistinct('stream', commit.appends, (append) => append.stream)
  requireDistinct('idempotency key', commit.idempotency, (record) => record.key)
  if (Number.isNaN(Date.parse(commit.meta.at))) throw new TypeError(`not a time: ${commit.meta.at}`)
  const { tenant, meta, checks, claims, releases } = commit
  return { tenant, meta, appends, checks, claims, releases, idempotency, bytes }
}

/** Events, the new head of each stream, checks, claims, releases, idempotency records. */
export const countItems = ({
  appends,
  checks,
  claims,
  releases,
  idempotency,
}: LogCommit | EncodedCommit): number =>
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

const encodeRecord = ({ result, ...record }: IdempotencyRecord): EncodedRecord => ({
  ...record,
  result: JSON.stringify(result),
})

const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0)

function limit(what: string, actual: number, max: number): void {
  if (actual > max) throw new CommitTooLarge(`a commit has at most ${max} ${what}; this one has ${actual}`)
}

function requireDistinct<A>(what: string, items: readonly A[], key: (item: A) => string): void {
  if (items.length > 1 && new Set(items.map(key)).size < items.length) {
    throw new TypeError(`a commit names each ${what} once: ${items.map(key).join(', ')}`)
  }
}
