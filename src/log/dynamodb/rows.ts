import type { Claim } from '../../domain/claims.ts'
import { type EventMeta, type RecordedEvent, recordedFrom, type StoredEvent } from '../../domain/events.ts'
import type { StreamName } from '../../domain/streams.ts'
import { decodeActor, encodeActor } from '../actor.ts'
import { encodeProvenance, NO_HASH, nextHash } from '../chain.ts'
import type { EncodedAppend, EncodedEvent } from '../encodeCommit.ts'
import type { StoredRequest } from '../StoredLog.ts'
import { attributes, type Item, keyOf } from './database.ts'
import { claimKey, eventKey, headKey, requestKey } from './layout.ts'

/** What a head item says of its stream. */
export interface StreamHead {
  readonly seq: number
  /** Time of the last event, ms since 1970. */
  readonly at: number
  /** Seq of the newest event by type. */
  readonly latest: Readonly<Record<string, number>>
  readonly hash: string
}

export const NO_EVENTS: StreamHead = { seq: 0, at: Number.NEGATIVE_INFINITY, latest: {}, hash: NO_HASH }

/** A stream after an append: the items of its events, and what its head says from then on. */
export interface Grown {
  readonly events: readonly Item[]
  readonly head: StreamHead
}

export function grow(before: StreamHead, append: EncodedAppend, meta: EventMeta, commit: string): Grown {
  const { stream } = append
  const at = Math.max(Date.parse(meta.at), before.at)
  const actor = encodeActor(meta.actor)
  const provenance = encodeProvenance({ stream, ...meta, actor })
  const shared = { at: number(at), actor: text(actor), ...metaItem(meta), commit: text(commit) }
  const latest: Record<string, number> = { ...before.latest }
  let { seq, hash } = before
  const events = append.events.map(({ name, version, data }: EncodedEvent): Item => {
    latest[name] = ++seq
    hash = nextHash(hash, { seq, type: name, version, at, provenance, data })
    const said = { type: text(name), version: number(version), data: text(data) }
    return { ...attributes(eventKey(stream, seq)), ...said, ...shared }
  })
  return { events, head: { seq, at, latest, hash } }
}

const metaItem = ({ cause, idempotencyKey, ip }: EventMeta): Item => ({
  ...(cause === null ? {} : { cause: text(cause) }),
  ...(idempotencyKey === null ? {} : { idempotencyKey: text(idempotencyKey) }),
  ...(ip === null ? {} : { ip: text(ip) }),
})

/** One that cannot be read keeps its place, with its fault. */
export const readEvent = (item: Item): RecordedEvent => recordedFrom(storedAt(item))

/** Of an item, or an image that DynamoDB Streams gives, whichever SDK has read it. Null for an item that is no event. */
export const storedIn = (item: Scalars): StoredEvent | null =>
  item.type === undefined ? null : readStored(item)

type Scalars = Readonly<Record<string, { readonly S?: string | undefined; readonly N?: string | undefined }>>

export function readStored(item: Scalars): StoredEvent {
  const meta: EventMeta = {
    actor: decodeActor(readText(item, 'actor')),
    at: readTime(item),
    cause: item.cause?.S ?? null,
    idempotencyKey: item.idempotencyKey?.S ?? null,
    ip: item.ip?.S ?? null,
  }
  return {
    stream: readText(item, 'pk') as StreamName,
    seq: readNumber(item, 'sk'),
    version: readNumber(item, 'version'),
    meta,
    name: readText(item, 'type'),
    data: readText(item, 'data'),
  }
}

/** As `readStored`, but that it never throws: of an item that lacks something it tells the place, and what it lacks. */
export function storedAt(item: Item): StoredEvent {
  try {
    return readStored(item)
  } catch (error) {
    const { pk: stream, sk: seq } = keyOf(item)
    const fault = error instanceof Error ? error.message : String(error)
    return {
      stream: stream as StreamName,
      seq: Number(seq),
      ...NOTHING,
      name: item.type?.S ?? 'without a type',
      fault,
    }
  }
}

const NOTHING = {
  version: 0,
  meta: {
    actor: { kind: 'system', id: null, label: null },
    at: new Date(0).toISOString(),
    cause: null,
    idempotencyKey: null,
    ip: null,
  },
  data: '',
} as const

/**
 * Those that follow on `after` without a hole. Items of one transaction appear one by one to a query: whatever is behind a hole was
 * not yet acknowledged when the query began.
 */
export function unbroken<E extends { readonly seq: number }>(
  events: readonly E[],
  after: number,
): readonly E[] {
  const hole = events.findIndex(({ seq }, index) => seq !== after + index + 1)
  return hole < 0 ? events : events.slice(0, hole)
}

export const headItem = (
  stream: StreamName,
  { seq, at, latest, hash }: StreamHead,
  commit: string,
): Item => ({
  ...attributes(headKey(stream)),
  stream: text(stream),
  seq: number(seq),
  at: number(at),
  latest: { M: Object.fromEntries(Object.entries(latest).map(([type, seq]) => [type, number(seq)])) },
  hash: text(hash),
  commit: text(commit),
})

export const claimItem = ({ tenant, kind, value, owner }: Claim, commit: string): Item => ({
  ...attributes(claimKey({ tenant, kind, value })),
  tenant: text(tenant),
  kind: text(kind),
  value: text(value),
  owner: text(owner),
  commit: text(commit),
})

export const requestItem = ({ tenant, key, fingerprint, result }: StoredRequest, commit: string): Item => ({
  ...attributes(requestKey(tenant, key)),
  tenant: text(tenant),
  idempotencyKey: text(key),
  fingerprint: text(fingerprint),
  result: text(result),
  commit: text(commit),
})

export const readHead = (item: Item | undefined): StreamHead =>
  item === undefined
    ? NO_EVENTS
    : {
        seq: readNumber(item, 'seq'),
        at: readNumber(item, 'at'),
        latest: Object.fromEntries(
          Object.entries(item.latest?.M ?? {}).map(([type, seq]) => [type, Number(seq.N)]),
        ),
        hash: readText(item, 'hash'),
      }

/** Half a surrogate pair, which UTF-8 has no place for, is stored as U+FFFD. */
export const text = (value: string) => ({ S: value.toWellFormed() })
export const number = (value: number) => ({ N: String(value) })

export function readText(item: Scalars, name: string): string {
  const value = item[name]?.S
  if (value === undefined) throw new Error(`an item of the log has no ${name}: ${item.pk?.S} ${item.sk?.N}`)
  return value
}

function readTime(item: Scalars): string {
  const time = new Date(readNumber(item, 'at'))
  if (Number.isNaN(time.getTime())) throw new Error('its time is none')
  return time.toISOString()
}

function readNumber(item: Scalars, name: string): number {
  const value = item[name]?.N
  if (value === undefined) throw new Error(`an item of the log has no ${name}: ${item.pk?.S} ${item.sk?.N}`)
  return Number(value)
}
