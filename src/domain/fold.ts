import type { RecordedEvent, SetApiKey } from './events.ts'
import type { GroupStatus } from './group.ts'
import type { MembershipRole } from './membership.ts'
import type { JsonObject, UserStatus } from './user.ts'

/** The events of a stream that a view has applied: those that it has not yet, it cannot show. */
export const upTo = (events: readonly RecordedEvent[], seq: number): readonly RecordedEvent[] =>
  events.length <= seq ? events : events.slice(0, seq)

/** The events of a stream that had happened by then: times never run backwards within a stream. */
export function until(events: readonly RecordedEvent[], asOf: string): readonly RecordedEvent[] {
  const later = events.findIndex(({ meta }) => meta.at > asOf)
  return later < 0 ? events : events.slice(0, later)
}

/** The first and last time of a stream's events, so far. */
interface Times {
  createdAt: string
  updatedAt: string
}

const NEVER = new Date(0).toISOString()

export interface UserFacts extends Times {
  readonly id: string
  /** Null until the user has a name: there is no row before. */
  username: string | null
  email: string | null
  name: string | null
  status: UserStatus
  attributes: JsonObject
}

/** What the events of a user's `user` and `profile` streams come to. Nothing comes back after a deletion. */
export function foldUser(
  id: string,
  user: readonly RecordedEvent[],
  profile: readonly RecordedEvent[],
): UserFacts {
  const facts: UserFacts = {
    id,
    username: null,
    email: null,
    name: null,
    status: 'ACTIVE',
    attributes: {},
    createdAt: user[0]?.meta.at ?? NEVER,
    updatedAt: latest(user, profile),
  }
  for (const { event } of [...user, ...profile]) {
    if (event.type === 'SetUsername') facts.username = event.username
    else if (event.type === 'SetUserEmail') facts.email = event.email
    else if (event.type === 'SetUserName') facts.name = event.name
    else if (event.type === 'SetUserAttributes') facts.attributes = event.attributes
    else if (event.type === 'SetUserStatus' && facts.status !== 'DELETED') facts.status = event.status
  }
  return facts
}

/** A user's keys by id, as last set, from the `keys` stream. */
export function foldKeys(events: readonly RecordedEvent[]): Map<string, SetApiKey> {
  const keys = new Map<string, SetApiKey>()
  for (const { event } of events) if (event.type === 'SetApiKey') keys.set(event.keyId, event)
  return keys
}

export interface GroupFacts extends Times {
  readonly id: string
  name: string | null
  description: string
  /** As last set: a parent that has been deleted since counts as none. */
  parentId: string | null
  status: GroupStatus
}

/** What the events of a group's `group` stream come to. */
export function foldGroup(id: string, events: readonly RecordedEvent[]): GroupFacts {
  const facts: GroupFacts = {
    id,
    name: null,
    description: '',
    parentId: null,
    status: 'ACTIVE',
    createdAt: events[0]?.meta.at ?? NEVER,
    updatedAt: latest(events),
  }
  for (const { event } of events) {
    if (event.type === 'SetGroupName') facts.name = event.name
    else if (event.type === 'SetGroupDescription') facts.description = event.description
    else if (event.type === 'SetGroupParent') facts.parentId = event.parentId
    else if (event.type === 'SetGroupStatus' && facts.status !== 'DELETED') facts.status = event.status
  }
  return facts
}

export interface Place {
  readonly role: MembershipRole
  /** When the user joined, not when the role last changed. */
  readonly since: string
}

/**
 * Adds events of a `members` stream to what came before: who is in the group, by user id. A deletion of the group or of a user ends
 * memberships too, which stands in their own streams.
 */
export function foldMembers(places: Map<string, Place>, events: readonly RecordedEvent[]): void {
  for (const { event, meta } of events) {
    if (event.type !== 'SetMembership') continue
    const { userId, role } = event
    if (role === null) places.delete(userId)
    else places.set(userId, { role, since: places.get(userId)?.since ?? meta.at })
  }
}

/** Tenants by id: the last name, and when the first came. */
export function foldTenants(
  events: readonly RecordedEvent[],
): Map<string, { readonly name: string; readonly createdAt: string }> {
  const tenants = new Map<string, { name: string; createdAt: string }>()
  for (const { event, meta } of events) {
    if (event.type !== 'SetTenant') continue
    const createdAt = tenants.get(event.tenantId)?.createdAt ?? meta.at
    tenants.set(event.tenantId, { name: event.name, createdAt })
  }
  return tenants
}

/** Times never run backwards within a stream. */
const latest = (...streams: readonly (readonly RecordedEvent[])[]): string =>
  streams
    .map((events) => events.at(-1)?.meta.at ?? NEVER)
    .sort()
    .at(-1) ?? NEVER
