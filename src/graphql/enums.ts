import { registerEnumType } from 'type-graphql'

export const UserStatus = { ACTIVE: 'ACTIVE', SUSPENDED: 'SUSPENDED', DELETED: 'DELETED' } as const
export type UserStatus = keyof typeof UserStatus
registerEnumType(UserStatus, {
  name: 'UserStatus',
  description: 'Whether a user takes part in the directory.',
  valuesConfig: {
    ACTIVE: { description: 'The ordinary state.' },
    SUSPENDED: { description: 'Listed and a member as before, but its API keys are refused.' },
    DELETED: {
      description:
        'Gone for good: found by id only, its names are free, its memberships and keys have ended.',
    },
  },
})

export const GroupStatus = { ACTIVE: 'ACTIVE', DELETED: 'DELETED' } as const
export type GroupStatus = keyof typeof GroupStatus
registerEnumType(GroupStatus, {
  name: 'GroupStatus',
  description: 'Whether a group exists.',
  valuesConfig: {
    ACTIVE: { description: 'It exists.' },
    DELETED: {
      description: 'Gone for good: its memberships have ended and its children have lost their parent.',
    },
  },
})

export const MembershipRole = { MEMBER: 'MEMBER', MAINTAINER: 'MAINTAINER' } as const
export type MembershipRole = keyof typeof MembershipRole
registerEnumType(MembershipRole, {
  name: 'MembershipRole',
  description: 'What a user is in a group. rollcall keeps it; what it permits is for your services to say.',
  valuesConfig: {
    MEMBER: { description: 'Belongs to the group.' },
    MAINTAINER: { description: 'Belongs to the group and looks after it.' },
  },
})

export const Scope = {
  DIRECTORY_READ: 'DIRECTORY_READ',
  DIRECTORY_WRITE: 'DIRECTORY_WRITE',
  AUDIT_READ: 'AUDIT_READ',
  ADMIN: 'ADMIN',
} as const
export type Scope = keyof typeof Scope
registerEnumType(Scope, {
  name: 'Scope',
  description: 'What an API key may do.',
  valuesConfig: {
    DIRECTORY_READ: {
      description:
        'Read users, groups and memberships, and follow their changes, each with who made it, when and why; not those of API keys.',
    },
    DIRECTORY_WRITE: {
      description: 'Change users, groups and memberships. Includes DIRECTORY_READ.',
    },
    AUDIT_READ: {
      description:
        'Read the history of a user or a group, and see the changes of API keys. Alone it reads nothing: it goes with DIRECTORY_READ or DIRECTORY_WRITE.',
    },
    ADMIN: {
      description:
        'Everything within the tenant: what the other scopes may, and to make and revoke API keys.',
    },
  },
})

export const UserOrder = {
  USERNAME: 'USERNAME',
  NAME: 'NAME',
  EMAIL: 'EMAIL',
  CREATED_AT: 'CREATED_AT',
} as const
export type UserOrder = keyof typeof UserOrder
registerEnumType(UserOrder, {
  name: 'UserOrder',
  description: 'How users are ordered. Texts are compared ignoring case; who has none comes first.',
  valuesConfig: {
    USERNAME: { description: 'By username.' },
    NAME: { description: 'By name.' },
    EMAIL: { description: 'By email address.' },
    CREATED_AT: { description: 'Oldest first.' },
  },
})

export const ChangeMessageKind = { CHANGE: 'CHANGE', CAUGHT_UP: 'CAUGHT_UP', BOOKMARK: 'BOOKMARK' } as const
export type ChangeMessageKind = keyof typeof ChangeMessageKind
registerEnumType(ChangeMessageKind, {
  name: 'ChangeMessageKind',
  description: 'What a message of the subscription says.',
  valuesConfig: {
    CHANGE: { description: 'A change.' },
    CAUGHT_UP: { description: 'The replay ends here: what follows is live.' },
    BOOKMARK: { description: 'Nothing new for you, but the journal moved: resume here.' },
  },
})
