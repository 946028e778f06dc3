import type { StreamName, TenantId } from '../domain/streams.ts'
import type { Json } from '../domain/user.ts'

/** Whose rows a problem is about. */
export interface Entity {
  readonly kind: 'user' | 'group' | 'tenant'
  readonly tenant: TenantId
  readonly id: string
}

/** Something that the views say otherwise than a fold of the log. */
export interface Problem {
  readonly entity: Entity
  /** The stream that says what is right. */
  readonly stream: StreamName
  /** The field, row or way of finding it that is wrong: `email`, `member u1: role`, `search by "ann"`. */
  readonly what: string
  /** What the log says; null for nothing. */
  readonly log: Json
  readonly view: Json
}

/** One difference within an entity. */
export type Difference = Pick<Problem, 'stream' | 'what' | 'log' | 'view'>

/** What a check has looked at and could not judge. */
export interface Tally {
  users: number
  groups: number
  memberships: number
  apiKeys: number
  tenants: number
  /** Rows that were looked up by name, email, search or filter. */
  lookups: number
  /** Streams whose newest events the views have yet to apply: they were compared at what has been applied. */
  behind: number
  /** Changed so fast that they could not be read as of one moment: `user acme/u1`. */
  unsettled: string[]
}

export const emptyTally = (): Tally => ({
  users: 0,
  groups: 0,
  memberships: 0,
  apiKeys: 0,
  tenants: 0,
  lookups: 0,
  behind: 0,
  unsettled: [],
})

/** Rows compared in all. */
export const rowsOf = ({ users, groups, memberships, apiKeys, tenants }: Tally): number =>
  users + groups + memberships + apiKeys + tenants
