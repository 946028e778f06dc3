import type { Vector } from '../domain/token.ts'
import type { Json, UserStatus } from '../domain/user.ts'
import type { Op } from './op.ts'
import { isPastOp, type PastOp } from './past.ts'
import type { ApiKeyRow, GroupRow, MembershipRow, Page, TenantRow, UserRow } from './rows.ts'

/** Which part of a list: at most `first` rows after a key that a page of the same list gave. */
export interface PageArgs {
  /** 0 to 1,000. */
  readonly first: number
  readonly after: Json | null
}

export type UserOrder = 'USERNAME' | 'NAME' | 'EMAIL' | 'CREATED_AT'

export interface UserFilter {
  /** Null: every user but the deleted ones. */
  readonly status: UserStatus | null
  /** Folded. */
  readonly email: string | null
  /** Folded. */
  readonly usernamePrefix: string | null
  /** Direct members of this group. */
  readonly groupId: string | null
  readonly createdAfter: string | null
  readonly updatedAfter: string | null
  /** A top-level attribute whose value is exactly this text (numbers and booleans as JSON writes them). */
  readonly attribute: { readonly name: string; readonly equals: string } | null
}

export interface GroupFilter {
  readonly parentId: string | null
  /** Groups of which this user is a direct member. */
  readonly userId: string | null
  /** Folded. */
  readonly namePrefix: string | null
}

/** Rows of one tenant, the one the interpreter was made for: no op can name another. Ops of one kind are batched. */
export interface GetUser extends Op<'getUser', UserRow | null> {
  readonly id: string
}
/** Folded username; deleted users hold no name. */
export interface FindUserByUsername extends Op<'findUserByUsername', UserRow | null> {
  readonly username: string
}
export interface FindUserByEmail extends Op<'findUserByEmail', UserRow | null> {
  readonly email: string
}
/** With `search` (folded, not empty): best match first. Else in `order`. Equal ones in an order of the engine's, by age or by id. */
export interface ListUsers extends Op<'listUsers', Page<UserRow>> {
  readonly search: string | null
  readonly filter: UserFilter
  readonly order: UserOrder
  readonly page: PageArgs
}
export interface GetGroup extends Op<'getGroup', GroupRow | null> {
  readonly id: string
}
export interface FindGroupByName extends Op<'findGroupByName', GroupRow | null> {
  readonly name: string
}
/** By name; with `search`, best match first. */
export interface ListGroups extends Op<'listGroups', Page<GroupRow>> {
  readonly search: string | null
  readonly filter: GroupFilter
  readonly page: PageArgs
}
/** The groups directly below this one, by name. */
export interface ListChildren extends Op<'listChildren', Page<GroupRow>> {
  readonly groupId: string
  readonly page: PageArgs
}
export interface GetMembership extends Op<'getMembership', MembershipRow | null> {
  readonly groupId: string
  readonly userId: string
}
/** By user id. Transitive: also members of every group below, each user once, with the membership nearest to the group. */
export interface ListMembers extends Op<'listMembers', Page<MembershipRow>> {
  readonly groupId: string
  readonly transitive: boolean
  readonly page: PageArgs
}
/**
 * By group id. Transitive: also the groups above, each once; for one that the user is in only through a group below, the role
 * is MEMBER, `since` is that of the earliest membership that leads there, and `seq` is 0.
 */
export interface ListMemberships extends Op<'listMemberships', Page<MembershipRow>> {
  readonly userId: string
  readonly transitive: boolean
  readonly page: PageArgs
}
/** Users in this group or in any group below it, each counted once. */
export interface CountMembers extends Op<'countMembers', number> {
  readonly groupId: string
}
export interface IsMember extends Op<'isMember', boolean> {
  readonly groupId: string
  readonly userId: string
  readonly transitive: boolean
}
/** A user's keys, oldest first, revoked ones too. */
export interface ListApiKeys extends Op<'listApiKeys', readonly ApiKeyRow[]> {
  readonly userId: string
}
export interface GetTenant extends Op<'getTenant', TenantRow | null> {
  readonly id: string
}
/** Waits until the views have reached the vector (rule 6); past the deadline the program ends with VIEW_BEHIND. */
export interface AtLeast extends Op<'atLeast', null> {
  readonly vector: Vector
  /** The vector is of what this program has just committed: should the views be late, the client must learn that it is done. */
  readonly committed: boolean
}
/** A position of the journal that covers what views have shown before it was asked for: what a list or an absence rests on. */
export interface GetPosition extends Op<'getPosition', number> {}

export type QueryOp =
  | GetUser
  | FindUserByUsername
  | FindUserByEmail
  | ListUsers
  | GetGroup
  | FindGroupByName
  | ListGroups
  | ListChildren
  | GetMembership
  | ListMembers
  | ListMemberships
  | CountMembers
  | IsMember
  | ListApiKeys
  | GetTenant
  | AtLeast
  | GetPosition
  | PastOp

export const getUser = (id: string): GetUser => ({ op: 'getUser', id })
export const findUserByUsername = (username: string): FindUserByUsername => ({
  op: 'findUserByUsername',
  username,
})
export const findUserByEmail = (email: string): FindUserByEmail => ({ op: 'findUserByEmail', email })
export const listUsers = (args: Omit<ListUsers, 'op' | '_result'>): ListUsers => ({
  op: 'listUsers',
  ...args,
})
export const getGroup = (id: string): GetGroup => ({ op: 'getGroup', id })
export const findGroupByName = (name: string): FindGroupByName => ({ op: 'findGroupByName', name })
export const listGroups = (args: Omit<ListGroups, 'op' | '_result'>): ListGroups => ({
  op: 'listGroups',
  ...args,
})
export const listChildren = (groupId: string, page: PageArgs): ListChildren => ({
  op: 'listChildren',
  groupId,
  page,
})
export const getMembership = (groupId: string, userId: string): GetMembership => ({
  op: 'getMembership',
  groupId,
  userId,
})
export const listMembers = (groupId: string, transitive: boolean, page: PageArgs): ListMembers => ({
  op: 'listMembers',
  groupId,
  transitive,
  page,
})
export const listMemberships = (userId: string, transitive: boolean, page: PageArgs): ListMemberships => ({
  op: 'listMemberships',
  userId,
  transitive,
  page,
})
export const countMembers = (groupId: string): CountMembers => ({ op: 'countMembers', groupId })
export const isMember = (groupId: string, userId: string, transitive: boolean): IsMember => ({
  op: 'isMember',
  groupId,
  userId,
  transitive,
})
export const listApiKeys = (userId: string): ListApiKeys => ({ op: 'listApiKeys', userId })
export const getTenant = (id: string): GetTenant => ({ op: 'getTenant', id })
export const atLeast = (vector: Vector, committed = false): AtLeast => ({ op: 'atLeast', vector, committed })
export const getPosition: GetPosition = { op: 'getPosition' }

const QUERY_OPS: ReadonlySet<string> = new Set<Exclude<QueryOp, PastOp>['op']>([
  'getUser',
  'findUserByUsername',
  'findUserByEmail',
  'listUsers',
  'getGroup',
  'findGroupByName',
  'listGroups',
  'listChildren',
  'getMembership',
  'listMembers',
  'listMemberships',
  'countMembers',
  'isMember',
  'listApiKeys',
  'getTenant',
  'atLeast',
  'getPosition',
])

/** Tells the two halves of the op algebra apart. */
export const isQueryOp = (op: { readonly op: string }): op is QueryOp => QUERY_OPS.has(op.op) || isPastOp(op)
