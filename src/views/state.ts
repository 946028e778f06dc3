import type { GroupStatus } from '../domain/group.ts'
import type { MembershipRole } from '../domain/membership.ts'
import type { StreamName, TenantId } from '../domain/streams.ts'
import type { JsonObject, UserStatus } from '../domain/user.ts'

/** What a batch changes: rows as they will stand when it commits. Times are milliseconds since 1970. */
export interface EntityState {
  readonly num: number
  readonly tenant: TenantId
  readonly tenantNum: number
  readonly id: string
  /** To be written: an event was applied to it, or something refers to it. */
  dirty: boolean
  createdAt: number
  updatedAt: number
}

export interface UserState extends EntityState {
  username: string | null
  email: string | null
  name: string | null
  status: UserStatus
  attributes: JsonObject
  readonly seqs: { user: number; profile: number; keys: number }
  /** What is stored of it in side tables; null if there is no such row. */
  readonly stored: StoredUser | null
}

export interface StoredUser {
  readonly texts: readonly string[] | null
  readonly attributes: JsonObject
}

export interface GroupState extends EntityState {
  name: string | null
  description: string
  status: GroupStatus
  /** A group's number. */
  parent: number | null
  memberCount: number
  readonly seqs: { group: number; members: number }
  readonly stored: StoredGroup | null
}

export interface StoredGroup {
  readonly texts: readonly string[] | null
  readonly name: string | null
  readonly status: GroupStatus
  readonly parent: number | null
}

export interface MembershipState {
  readonly group: GroupState
  readonly user: UserState
  /** Null: not a member (any more). */
  role: MembershipRole | null
  since: number
}

export interface TenantState {
  readonly num: number
  readonly id: TenantId
  /** Null until SetTenant. */
  name: string | null
  createdAt: number
  /** How many numbers have been given out. */
  users: number
  groups: number
  dirty: boolean
}

export interface Progress {
  /** Of the journal: everything up to it has been applied. */
  position: number
  readonly batch: number
  readonly seqs: { tenants: number }
  /** Of users past this one only the row is kept as yet: see `beginLoad`. */
  readonly indexed: number
}

export interface Quarantined {
  readonly stream: StreamName
  readonly seq: number
  readonly reason: string
}

/** The name of a user's or group's row, for whoever keeps rows in memory. */
export const cacheKey = (kind: 'user' | 'group', tenant: TenantId, id: string): string =>
  `${kind}/${tenant}/${id}`
