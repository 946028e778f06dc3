import type { Actor, Event, RecordedEvent, UnknownEvent } from '../domain/events.ts'
import type { GroupStatus } from '../domain/group.ts'
import type { MembershipRole } from '../domain/membership.ts'
import { parseStream, type StreamKind, type StreamName } from '../domain/streams.ts'
import type { JsonObject, UserStatus } from '../domain/user.ts'

/**
 * What others are told of events: a form that is promised (docs/events.md, schema/events/), whatever becomes of the events that the
 * log keeps. It says what a field is now, as they do, and whose hand it was. Idempotency keys and addresses of clients stay inside.
 *
 * Of a stream everything is told or nothing: so whoever is told can see by the seqs that nothing is missing. API keys are not: they
 * say who may do what here, and the audit trail shows them to those who may see it.
 */
const PRIVATE: ReadonlySet<StreamKind> = new Set<StreamKind>(['keys'])

export const isPublic = (stream: StreamName): boolean => {
  const parts = parseStream(stream)
  return parts !== null && !PRIVATE.has(parts.kind)
}

/** What an event is called, with the version of its form. `dev.rollcall.` comes before it. */
export const PUBLIC_NAMES = [
  'user.created.v1',
  'user.username.changed.v1',
  'user.email.changed.v1',
  'user.name.changed.v1',
  'user.attributes.changed.v1',
  'user.activated.v1',
  'user.suspended.v1',
  'user.deleted.v1',
  'group.created.v1',
  'group.name.changed.v1',
  'group.description.changed.v1',
  'group.parent.changed.v1',
  'group.activated.v1',
  'group.deleted.v1',
  'membership.set.v1',
  'membership.removed.v1',
  'tenant.changed.v1',
] as const
export type PublicName = (typeof PUBLIC_NAMES)[number]

/** What is so now. */
export type PublicState =
  | { readonly user: JsonObject & { readonly id: string } }
  | { readonly group: JsonObject & { readonly id: string } }
  | {
      readonly membership: {
        readonly groupId: string
        readonly userId: string
        readonly role: MembershipRole | null
      }
    }
  | { readonly tenant: JsonObject & { readonly id: string } }

export interface PublicEvent {
  readonly name: PublicName
  /** What it is about, among what its tenant has. */
  readonly subject: string
  readonly data: PublicState & { readonly actor: Actor; readonly cause: string | null }
}

type Told = readonly [name: PublicName, subject: string, state: PublicState]

/** Null for an event that is unknown, since its form is. Throws for one of a stream that is not public. */
export function publicForm({ seq, event, meta }: RecordedEvent): PublicEvent | null {
  const told = toldOf(event, seq === 1)
  if (told === null) return null
  const [name, subject, state] = told
  return { name, subject, data: { ...state, actor: meta.actor, cause: meta.cause } }
}

function toldOf(event: Event | UnknownEvent, isFirst: boolean): Told | null {
  switch (event.type) {
    case 'SetUsername':
      return user(isFirst ? 'user.created.v1' : 'user.username.changed.v1', event, {
        username: event.username,
      })
    case 'SetUserEmail':
      return user('user.email.changed.v1', event, { email: event.email })
    case 'SetUserName':
      return user('user.name.changed.v1', event, { name: event.name })
    case 'SetUserAttributes':
      return user('user.attributes.changed.v1', event, { attributes: event.attributes })
    case 'SetUserStatus':
      return user(USER_STATUS[event.status], event, { status: event.status })
    case 'SetGroupName':
      return group(isFirst ? 'group.created.v1' : 'group.name.changed.v1', event, { name: event.name })
    case 'SetGroupDescription':
      return group('group.description.changed.v1', event, { description: event.description })
    case 'SetGroupParent':
      return group('group.parent.changed.v1', event, { parentId: event.parentId })
    case 'SetGroupStatus':
      return group(GROUP_STATUS[event.status], event, { status: event.status })
    case 'SetMembership': {
      const { groupId, userId, role } = event
      const name = role === null ? 'membership.removed.v1' : 'membership.set.v1'
      return [name, `group/${groupId}`, { membership: { groupId, userId, role } }]
    }
    case 'SetTenant': {
      const { tenantId: id, name } = event
      return ['tenant.changed.v1', `tenant/${id}`, { tenant: { id, name } }]
    }
    case 'SetApiKey':
      throw new Error('API keys are not told to others')
    case 'Unknown':
      return null
  }
}

const USER_STATUS: Readonly<Record<UserStatus, PublicName>> = {
  ACTIVE: 'user.activated.v1',
  SUSPENDED: 'user.suspended.v1',
  DELETED: 'user.deleted.v1',
}

const GROUP_STATUS: Readonly<Record<GroupStatus, PublicName>> = {
  ACTIVE: 'group.activated.v1',
  DELETED: 'group.deleted.v1',
}

const user = (name: PublicName, { userId: id }: { readonly userId: string }, fields: JsonObject): Told => [
  name,
  `user/${id}`,
  { user: { id, ...fields } },
]

const group = (name: PublicName, { groupId: id }: { readonly groupId: string }, fields: JsonObject): Told => [
  name,
  `group/${id}`,
  { group: { id, ...fields } },
]
