import { EVENT_TYPES, type Event, type RecordedEvent } from '../../src/domain/events.ts'
import {
  groupStream,
  keysStream,
  membersStream,
  profileStream,
  type StreamKind,
  type StreamName,
  TENANTS_STREAM,
  userStream,
} from '../../src/domain/streams.ts'
import type { PublicName, PublicState } from '../../src/feed/publicEvents.ts'
import { META } from '../conformance/eventLog/commits.ts'

export const STREAMS: Readonly<Record<StreamKind, StreamName>> = {
  user: userStream('acme', 'ann'),
  profile: profileStream('acme', 'ann'),
  keys: keysStream('acme', 'ann'),
  group: groupStream('acme', 'eng'),
  members: membersStream('acme', 'eng'),
  tenants: TENANTS_STREAM,
}

/** With all that stays inside. */
export const FULL_META = { ...META, idempotencyKey: 'once', ip: '192.0.2.1' }

export const recorded = (event: Event, seq = 7): RecordedEvent => ({
  stream: STREAMS[EVENT_TYPES[event.type].stream],
  seq,
  position: 0,
  version: 1,
  meta: FULL_META,
  event,
})

export const API_KEY: Event = {
  type: 'SetApiKey',
  userId: 'ann',
  keyId: 'k2',
  label: 'ci',
  scopes: ['ADMIN'],
  hash: 'c2VjcmV0',
  lastFour: 'wxyz',
  createdAt: META.at,
  expiresAt: null,
  revokedAt: null,
}

interface Told {
  readonly recorded: RecordedEvent
  readonly name: PublicName
  readonly subject: string
  readonly state: PublicState
}

function user(event: Event, name: PublicName, fields: object, seq?: number): Told {
  return {
    recorded: recorded(event, seq),
    name,
    subject: 'user/ann',
    state: { user: { id: 'ann', ...fields } },
  }
}

function group(event: Event, name: PublicName, fields: object, seq?: number): Told {
  return {
    recorded: recorded(event, seq),
    name,
    subject: 'group/eng',
    state: { group: { id: 'eng', ...fields } },
  }
}

function member(role: 'MEMBER' | 'MAINTAINER' | null, name: PublicName): Told {
  const membership = { groupId: 'eng', userId: 'ann', role }
  const event = recorded({ type: 'SetMembership', ...membership })
  return { recorded: event, name, subject: 'group/eng', state: { membership } }
}

const [userId, groupId] = ['ann', 'eng']
const attributes = { floor: 3, tags: ['a'] }

/** Each event that is told to others, in each form that it takes. */
export const TOLD: readonly Told[] = [
  user({ type: 'SetUsername', userId, username: 'ann' }, 'user.created.v1', { username: 'ann' }, 1),
  user({ type: 'SetUsername', userId, username: 'anna' }, 'user.username.changed.v1', { username: 'anna' }),
  user({ type: 'SetUserEmail', userId, email: 'a@b.example' }, 'user.email.changed.v1', {
    email: 'a@b.example',
  }),
  user({ type: 'SetUserEmail', userId, email: null }, 'user.email.changed.v1', { email: null }),
  user({ type: 'SetUserName', userId, name: 'Ann' }, 'user.name.changed.v1', { name: 'Ann' }),
  user({ type: 'SetUserName', userId, name: null }, 'user.name.changed.v1', { name: null }),
  user({ type: 'SetUserAttributes', userId, attributes }, 'user.attributes.changed.v1', { attributes }),
  user({ type: 'SetUserStatus', userId, status: 'ACTIVE' }, 'user.activated.v1', { status: 'ACTIVE' }),
  user({ type: 'SetUserStatus', userId, status: 'SUSPENDED' }, 'user.suspended.v1', { status: 'SUSPENDED' }),
  user({ type: 'SetUserStatus', userId, status: 'DELETED' }, 'user.deleted.v1', { status: 'DELETED' }),
  group({ type: 'SetGroupName', groupId, name: 'Eng' }, 'group.created.v1', { name: 'Eng' }, 1),
  group({ type: 'SetGroupName', groupId, name: 'Engineers' }, 'group.name.changed.v1', { name: 'Engineers' }),
  group({ type: 'SetGroupDescription', groupId, description: '' }, 'group.description.changed.v1', {
    description: '',
  }),
  group({ type: 'SetGroupParent', groupId, parentId: 'all' }, 'group.parent.changed.v1', { parentId: 'all' }),
  group({ type: 'SetGroupParent', groupId, parentId: null }, 'group.parent.changed.v1', { parentId: null }),
  group({ type: 'SetGroupStatus', groupId, status: 'ACTIVE' }, 'group.activated.v1', { status: 'ACTIVE' }),
  group({ type: 'SetGroupStatus', groupId, status: 'DELETED' }, 'group.deleted.v1', { status: 'DELETED' }),
  member('MEMBER', 'membership.set.v1'),
  member('MAINTAINER', 'membership.set.v1'),
  member(null, 'membership.removed.v1'),
  {
    recorded: recorded({ type: 'SetTenant', tenantId: 'acme', name: 'Acme' }),
    name: 'tenant.changed.v1',
    subject: 'tenant/acme',
    state: { tenant: { id: 'acme', name: 'Acme' } },
  },
]
