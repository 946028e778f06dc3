/**
 * Streams are small: one aspect of one entity each, so that writers of different fields never race. The name of a stream is
 * its address in every engine:
 *
 *     {tenant}/user/{id}            identity: username, email, status
 *     {tenant}/user/{id}/profile    name, attributes
 *     {tenant}/user/{id}/keys       API keys
 *     {tenant}/group/{id}           name, description, parent, status
 *     {tenant}/group/{id}/members   memberships
 *     tenants                       the tenants themselves
 */
declare const streamBrand: unique symbol
export type StreamName = string & { readonly [streamBrand]: true }
export type TenantId = string

export type StreamKind = 'user' | 'profile' | 'keys' | 'group' | 'members' | 'tenants'

export interface StreamParts {
  readonly kind: StreamKind
  /** Empty for the `tenants` stream. */
  readonly tenant: TenantId
  /** The user's or group's id; empty for the `tenants` stream. */
  readonly id: string
}

/** Tenant and entity ids never contain a slash: see input.ts. That is what makes these names unambiguous. */
export const userStream = (tenant: TenantId, id: string) => `${tenant}/user/${id}` as StreamName
export const profileStream = (tenant: TenantId, id: string) => `${tenant}/user/${id}/profile` as StreamName
export const keysStream = (tenant: TenantId, id: string) => `${tenant}/user/${id}/keys` as StreamName
export const groupStream = (tenant: TenantId, id: string) => `${tenant}/group/${id}` as StreamName
export const membersStream = (tenant: TenantId, id: string) => `${tenant}/group/${id}/members` as StreamName
export const TENANTS_STREAM = 'tenants' as StreamName

export type UserStreams = readonly [user: StreamName, profile: StreamName, keys: StreamName]
export type GroupStreams = readonly [group: StreamName, members: StreamName]

/** All that is a user's own: its memberships belong to groups. */
export const userStreams = (tenant: TenantId, id: string): UserStreams => [
  userStream(tenant, id),
  profileStream(tenant, id),
  keysStream(tenant, id),
]
export const groupStreams = (tenant: TenantId, id: string): GroupStreams => [
  groupStream(tenant, id),
  membersStream(tenant, id),
]

/** By what stands before the id, and what after it. */
const KINDS: ReadonlyMap<string, ReadonlyMap<string, StreamKind>> = new Map([
  [
    'user',
    new Map<string, StreamKind>([
      ['', 'user'],
      ['/profile', 'profile'],
      ['/keys', 'keys'],
    ]),
  ],
  [
    'group',
    new Map<string, StreamKind>([
      ['', 'group'],
      ['/members', 'members'],
    ]),
  ],
])

/** The parts of a stream's name, or null if it is no name of ours. */
export function parseStream(name: string): StreamParts | null {
  if (name === TENANTS_STREAM) return { kind: 'tenants', tenant: '', id: '' }
  const first = name.indexOf('/')
  const second = name.indexOf('/', first + 1)
  if (first < 1 || second < 0) return null
  const third = name.indexOf('/', second + 1)
  const end = third < 0 ? name.length : third
  const kind = KINDS.get(name.slice(first + 1, second))?.get(name.slice(end))
  if (kind === undefined || end === second + 1) return null
  return { kind, tenant: name.slice(0, first), id: name.slice(second + 1, end) }
}

/** Empty for the `tenants` stream, and for what is no name of ours. */
export const tenantOfStream = (name: string): TenantId => parseStream(name)?.tenant ?? ''

/** The name of the stream with these parts: the inverse of `parseStream`. */
export function streamName({ kind, tenant, id }: StreamParts): StreamName {
  switch (kind) {
    case 'user':
      return userStream(tenant, id)
    case 'profile':
      return profileStream(tenant, id)
    case 'keys':
      return keysStream(tenant, id)
    case 'group':
      return groupStream(tenant, id)
    case 'members':
      return membersStream(tenant, id)
    case 'tenants':
      return TENANTS_STREAM
  }
}

/** The stream that the user or group of this one began with; null for that stream itself, and for what is no user's and no group's. */
export function entityStream(name: StreamName): StreamName | null {
  const parts = parseStream(name)
  switch (parts?.kind) {
    case 'profile':
    case 'keys':
      return userStream(parts.tenant, parts.id)
    case 'members':
      return groupStream(parts.tenant, parts.id)
    default:
      return null
  }
}
