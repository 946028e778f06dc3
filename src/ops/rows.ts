import type { MembershipRole } from '../domain/membership.ts'
import type { Scope } from '../domain/scopes.ts'
import type { Json, JsonObject, UserStatus } from '../domain/user.ts'

/**
 * What views hold and queries answer: plain rows. Times are ISO 8601 UTC with milliseconds. Each row carries the seq up to
 * which every stream that feeds it has been applied: that is what its consistency token is made of.
 */
export interface UserRow {
  readonly id: string
  readonly username: string
  readonly email: string | null
  readonly name: string | null
  readonly status: UserStatus
  readonly attributes: JsonObject
  readonly createdAt: string
  readonly updatedAt: string
  readonly seqs: { readonly user: number; readonly profile: number; readonly keys: number }
}

/** Deleted groups have no row: to the reader they do not exist. */
export interface GroupRow {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly parentId: string | null
  /** Direct members. */
  readonly memberCount: number
  readonly createdAt: string
  readonly updatedAt: string
  readonly seqs: { readonly group: number; readonly members: number }
}

export interface MembershipRow {
  readonly groupId: string
  readonly userId: string
  readonly role: MembershipRole
  /** When the user joined, not when the role last changed. */
  readonly since: string
  /** How far the group's members stream has been applied: a conditional write of the membership is against all of it. */
  readonly seq: number
}

export interface ApiKeyRow {
  readonly id: string
  readonly userId: string
  readonly label: string
  readonly scopes: readonly Scope[]
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly revokedAt: string | null
  readonly lastFour: string
}

export interface TenantRow {
  readonly id: string
  readonly name: string
  readonly createdAt: string
}

/** A page of rows. `cursors[i]` is the key after which `rows[i]` stands: JSON for cursor.ts. */
export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly cursors: readonly Json[]
  readonly hasNextPage: boolean
}

/** Rows of the past: what they show was so at `asOf`. What is dear to fold is not in them. */
export interface PastUserRow extends UserRow {
  readonly asOf: string
}
export interface PastGroupRow extends Omit<GroupRow, 'memberCount' | 'seqs'> {
  /** Of the group's own stream. */
  readonly seq: number
  readonly asOf: string
}
export interface PastMembershipRow extends Omit<MembershipRow, 'seq'> {
  readonly asOf: string
}
