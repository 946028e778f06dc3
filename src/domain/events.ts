import type { GroupStatus } from './group.ts'
import type { MembershipRole } from './membership.ts'
import type { Scope } from './scopes.ts'
import type { StreamKind, StreamName } from './streams.ts'
import type { JsonObject, UserStatus } from './user.ts'

/**
 * What happened, as Set events: each says what a field *is*, never a delta, so that replays and duplicates are harmless.
 * Times inside events are ISO 8601 in UTC with milliseconds.
 */
export type SetUsername = { type: 'SetUsername'; userId: string; username: string }
export type SetUserEmail = { type: 'SetUserEmail'; userId: string; email: string | null }
export type SetUserStatus = { type: 'SetUserStatus'; userId: string; status: UserStatus }
export type SetUserName = { type: 'SetUserName'; userId: string; name: string | null }
export type SetUserAttributes = { type: 'SetUserAttributes'; userId: string; attributes: JsonObject }
/** `hash` is the SHA-256 of the secret, base64url. It never leaves the server. */
export type SetApiKey = {
  type: 'SetApiKey'
  userId: string
  keyId: string
  label: string
  scopes: Scope[]
  hash: string
  lastFour: string
  createdAt: string
  expiresAt: string | null
  revokedAt: string | null
}
export type SetGroupName = { type: 'SetGroupName'; groupId: string; name: string }
export type SetGroupDescription = { type: 'SetGroupDescription'; groupId: string; description: string }
export type SetGroupParent = { type: 'SetGroupParent'; groupId: string; parentId: string | null }
export type SetGroupStatus = { type: 'SetGroupStatus'; groupId: string; status: GroupStatus }
/** role null: no longer a member. */
export type SetMembership = {
  type: 'SetMembership'
  groupId: string
  userId: string
  role: MembershipRole | null
}
export type SetTenant = { type: 'SetTenant'; tenantId: string; name: string }

export type Event =
  | SetUsername
  | SetUserEmail
  | SetUserStatus
  | SetUserName
  | SetUserAttributes
  | SetApiKey
  | SetGroupName
  | SetGroupDescription
  | SetGroupParent
  | SetGroupStatus
  | SetMembership
  | SetTenant

export type EventType = Event['type']

/** Where each kind of event lives, and the version in which this release writes it. A field belongs to exactly one stream. */
export const EVENT_TYPES: Readonly<
  Record<EventType, { readonly stream: StreamKind; readonly version: number }>
> = {
  SetUsername: { stream: 'user', version: 1 },
  SetUserEmail: { stream: 'user', version: 1 },
  SetUserStatus: { stream: 'user', version: 1 },
  SetUserName: { stream: 'profile', version: 1 },
  SetUserAttributes: { stream: 'profile', version: 1 },
  SetApiKey: { stream: 'keys', version: 1 },
  SetGroupName: { stream: 'group', version: 1 },
  SetGroupDescription: { stream: 'group', version: 1 },
  SetGroupParent: { stream: 'group', version: 1 },
  SetGroupStatus: { stream: 'group', version: 1 },
  SetMembership: { stream: 'members', version: 1 },
  SetTenant: { stream: 'tenants', version: 1 },
}

/** Who did it. `operator` holds the operator key, `key` an API key, `system` is rollcall itself. */
export type ActorKind = 'operator' | 'key' | 'system'
export interface Actor {
  readonly kind: ActorKind
  /** The API key's id, for `key`. */
  readonly id: string | null
  readonly label: string | null
}

/** Who, when, why: stands with every event, for ever (rule 12). */
export interface EventMeta {
  readonly actor: Actor
  /** ISO 8601 UTC with milliseconds. Never runs backwards within a stream. */
  readonly at: string
  /** The request's id, or the change's id in an import. */
  readonly cause: string | null
  readonly idempotencyKey: string | null
  readonly ip: string | null
}

/** An event as the log keeps it. */
export interface RecordedEvent {
  readonly stream: StreamName
  /** Contiguous from 1 within the stream. */
  readonly seq: number
  /** The place in commit order, on logs with a total order (see LogCapabilities); else 0. */
  readonly position: number
  /** The version the event was written in. */
  readonly version: number
  readonly meta: EventMeta
  readonly event: Event | UnknownEvent
}

/**
 * An event of a kind or version newer than this release, or one that no release can read. It keeps its place in the stream; its view
 * stays behind for that stream until a release that knows it takes over (rules 10 and 14).
 */
export interface UnknownEvent {
  readonly type: 'Unknown'
  readonly name: string
  readonly data: string
  /** Why no release can read it. It repeats nothing of the data, which may hold secrets. */
  readonly fault?: string
}

/** An event in its stored form: what can be passed on without knowing its kind. */
export interface StoredEvent extends Pick<RecordedEvent, 'stream' | 'seq' | 'version' | 'meta'> {
  readonly name: string
  readonly data: string
  /** As of `UnknownEvent`, where a part of what is stored is missing: then only the stream and the seq are sure. */
  readonly fault?: string
}

/** As a log without a total order answers it. */
export const recordedFrom = ({ name, data, fault, ...stored }: StoredEvent): RecordedEvent => ({
  ...stored,
  position: 0,
  event:
    fault === undefined ? decodeEvent(name, stored.version, data) : { type: 'Unknown', name, data, fault },
})

/**
 * Reads a stored event, and never throws: newer ones, and those that cannot be read, become `Unknown`. Older versions are upcast here,
 * the one place that knows them.
 */
export function decodeEvent(name: string, version: number, data: string): Event | UnknownEvent {
  if (!isKnown(name, version)) return { type: 'Unknown', name, data }
  let parsed: unknown
  try {
    parsed = JSON.parse(data)
  } catch {
    return { type: 'Unknown', name, data, fault: 'its data is no JSON' }
  }
  return isObject(parsed) ? known(name, parsed) : { type: 'Unknown', name, data, fault: NO_OBJECT }
}

/** In words, after what the event is called. */
export const whyUnknown = ({ fault }: UnknownEvent): string =>
  fault === undefined ? 'is not known to this release' : `cannot be read: ${fault}`

/** Why no release can read the event; null where one can. */
export const faultOf = ({ event }: Pick<RecordedEvent, 'event'>): string | null =>
  event.type === 'Unknown' ? (event.fault ?? null) : null

/** Those of them that a release can read. */
export const readableEvents = (stored: readonly StoredEvent[]): readonly RecordedEvent[] =>
  stored.map(recordedFrom).filter((event) => faultOf(event) === null)

const NO_OBJECT = 'its data is no object'

const isObject = (parsed: unknown): parsed is object =>
  typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)

const isKnown = (name: string, version: number): boolean =>
  isEventType(name) && version <= EVENT_TYPES[name].version

/** Copying the fields would take as long as parsing them. */
const known = (name: string, data: object): Event => Object.assign(data, { type: name }) as Event

const isEventType = (name: string): name is EventType => Object.hasOwn(EVENT_TYPES, name)

/** The stored form: everything but the type, as JSON. */
export function encodeEvent(event: Event): { name: EventType; version: number; data: string } {
  const { type, ...fields } = event
  return { name: type, version: EVENT_TYPES[type].version, data: JSON.stringify(fields) }
}
