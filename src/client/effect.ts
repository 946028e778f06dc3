import type { MembershipRole } from './generated.ts'
import type { Change, GroupCopy, UserCopy } from './Replica.ts'

export type UserFields = Partial<Omit<UserCopy, 'id'>>
export type GroupFields = Partial<Omit<GroupCopy, 'id'>>

/** What a change does to a copy of the directory: it says what fields are, so it may be done twice. */
export type Effect =
  | { readonly kind: 'user'; readonly id: string; readonly fields: UserFields }
  /** Its memberships end with it, and nothing more is ever true of it. */
  | { readonly kind: 'userDeleted'; readonly id: string }
  | { readonly kind: 'group'; readonly id: string; readonly fields: GroupFields }
  /** As of a user; and it is no group's parent any more. */
  | { readonly kind: 'groupDeleted'; readonly id: string }
  | {
      readonly kind: 'membership'
      readonly groupId: string
      readonly userId: string
      /** Null: none. */
      readonly role: MembershipRole | null
    }

/** Null for what a copy does not keep: API keys, and events that only a newer server knows. */
export function effectOf({ event }: Change): Effect | null {
  switch (event.__typename) {
    case 'SetUsername':
      return { kind: 'user', id: event.userId, fields: { username: event.username } }
    case 'SetUserEmail':
      return { kind: 'user', id: event.userId, fields: { email: event.email } }
    case 'SetUserName':
      return { kind: 'user', id: event.userId, fields: { name: event.name } }
    case 'SetUserAttributes':
      return { kind: 'user', id: event.userId, fields: { attributes: event.attributes } }
    case 'SetUserStatus':
      return event.status === 'DELETED'
        ? { kind: 'userDeleted', id: event.userId }
        : { kind: 'user', id: event.userId, fields: { status: event.status } }
    case 'SetGroupName':
      return { kind: 'group', id: event.groupId, fields: { name: event.groupName } }
    case 'SetGroupDescription':
      return { kind: 'group', id: event.groupId, fields: { description: event.description } }
    case 'SetGroupParent':
      return { kind: 'group', id: event.groupId, fields: { parentId: event.parentId } }
    case 'SetGroupStatus':
      return event.groupStatus === 'DELETED'
        ? { kind: 'groupDeleted', id: event.groupId }
        : { kind: 'group', id: event.groupId, fields: {} }
    case 'SetMembership':
      return { kind: 'membership', groupId: event.groupId, userId: event.userId, role: event.role }
    default:
      return null
  }
}
