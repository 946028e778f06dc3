import { hash } from 'node:crypto'
import type { Claim } from '../../domain/claims.ts'
import { type StreamName, type TenantId, tenantOfStream } from '../../domain/streams.ts'

/**
 * One table, with `pk` (string) and `sk` (number) for its key, `NEW_IMAGE` for its stream, and no index. Items are written in
 * transactions, one a commit; an event is never changed or deleted. One of each kind, `=` before a number:
 *
 *     event     pk acme/user/ann    sk =3    what happened to a stream, at its seq
 *               type SetUsername · version =1 · data {"userId":"ann","username":"ann"} · at =1893553445678 (ms since 1970)
 *               actor ["key","k1","ci"] · cause, idempotencyKey, ip where known · commit 6f1c…
 *     head      pk heads#acme#7     sk =512…9   one a stream: what an append conditions on
 *               stream acme/user/ann · seq =3 · at =1893553445678 (its last event's) · hash w2X… (see chain.ts)
 *               latest {"SetUsername":=3,"SetUserEmail":=2} (seq of the newest of each type) · commit 6f1c…
 *     claim     pk claim#mF0…       sk =0    tenant acme · kind username · value ann · owner 0190… · commit 6f1c…
 *     request   pk request#Zp4…     sk =0    tenant acme · idempotencyKey … · fingerprint … · result {…} (JSON) · commit 6f1c…
 *     log       pk log              sk =0    epoch · secret · layout =1 · copyOf, the epoch of the log that it was copied from
 *                                            copying, only until that copy is finished: until then it is no log ·
 *                                            lastPass, when the last whole pass of it began, for as long
 *     fence     pk copy#7           sk =0    there while a copy is under way: each of its transactions checks one
 *
 * Only events have a `type`: a stream's consumer filters by it, and needs nothing else to know the event. `commit` is the id of the
 * transaction that wrote an item; whoever lost the answer to one finds out by it.
 *
 * Spread: a stream's events are a partition key of their own; claims and requests have theirs by hash. A tenant's heads share 16, and
 * lie in each by a hash of the stream, so that they are also the list of the tenant's streams: it costs no item, no index, and is as
 * consistent as they are. 16 keys take 8,000 appends a second of one tenant (1,000 write units each, two for a transactional write);
 * above that DynamoDB divides them by `sk`, which is even. A single stream takes 500 events a second. All that is of a table that has
 * grown, or was warmed: a new one on demand takes 4,000 write units a second, which are 1,000 appends of one event, the head with it.
 */
export const LAYOUT = 1

export interface Key {
  readonly pk: string
  /** A decimal number, longer than JavaScript's are exact. */
  readonly sk: string
}

export const LOG_KEY: Key = { pk: 'log', sk: '0' }

/** So many transactions of a copy are under way at the same time, each behind a fence of its own, where no other meets it. */
export const FENCES = 16
export const fenceKey = (lane: number): Key => ({ pk: `copy#${lane}`, sk: '0' })

export const eventKey = (stream: StreamName, seq: number): Key => ({ pk: stream, sk: String(seq) })

/** The partition keys of a tenant's heads. */
export const HEAD_SHARDS = '0123456789abcdef'
export const headsOf = (tenant: TenantId, shard: string): string => `heads#${tenant}#${shard}`

export function headKey(stream: StreamName): Key {
  const digest = hash('sha256', stream, 'hex')
  const tenant = tenantOfStream(stream)
  // 120 bits: DynamoDB's numbers have 38 digits.
  return { pk: headsOf(tenant, digest.slice(0, 1)), sk: BigInt(`0x${digest.slice(1, 31)}`).toString() }
}

export const claimKey = ({ tenant, kind, value }: Omit<Claim, 'owner'>): Key =>
  hashed('claim', [tenant, kind, value])

export const requestKey = (tenant: TenantId, idempotencyKey: string): Key =>
  hashed('request', [tenant, idempotencyKey])

const hashed = (what: string, name: readonly string[]): Key => ({
  pk: `${what}#${hash('sha256', JSON.stringify(name), 'base64url')}`,
  sk: '0',
})

/** For maps and sets. */
export const keyText = ({ pk, sk }: Key): string => `${sk} ${pk}`
