import type { MembershipRole } from '../domain/membership.ts'
import type { TenantId } from '../domain/streams.ts'
import type { JsonObject } from '../domain/user.ts'

interface Change {
  /** ISO 8601 in UTC. Never runs backwards from line to line. */
  readonly at: string
  /** What belonged together. */
  readonly change: string
  readonly tenant: TenantId
}

/** A line of an import file, of the kinds that an organisation is made of. */
export type Line = Change &
  (
    | {
        readonly op: 'createUser'
        readonly username: string
        readonly email: string
        readonly name: string
        readonly attributes: JsonObject
      }
    | { readonly op: 'createGroup'; readonly group: string; readonly description: string }
    | { readonly op: 'setGroupParent'; readonly group: string; readonly parent: string }
    | {
        readonly op: 'setMembership'
        readonly group: string
        readonly username: string
        readonly role: MembershipRole
      }
  )
