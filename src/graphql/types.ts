import { Field, ID, InterfaceType, ObjectType } from 'type-graphql'
import { LIMITS } from '../domain/input.ts'
import type { JsonObject } from '../domain/user.ts'
import { connectionType } from './connections.ts'
import { MembershipRole, Scope, UserStatus } from './enums.ts'
import { longText } from './longText.ts'
import { DateTime, JSONObject } from './scalars.ts'

/** The entities as the schema shows them. Their objects are the views' rows; fields that rows lack stand in the resolvers. */

export const typeOfNode = (value: object): string => ('username' in value ? 'User' : 'Group')

@InterfaceType({ description: 'Whatever has an id.', resolveType: typeOfNode })
export abstract class Node {
  @Field(() => ID, { description: 'Unique among the users and groups of a tenant, and never used again.' })
  readonly id!: string
}

@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description: 'A person or a service in the directory.',
})
export class User extends Node {
  @Field(() => String, { description: 'Unique within the tenant, ignoring case.' })
  readonly username!: string

  @Field(() => String, { nullable: true, description: 'Unique within the tenant, ignoring case.' })
  readonly email!: string | null

  @Field(() => String, { nullable: true, description: 'What people call the user; need not be unique.' })
  readonly name!: string | null

  @Field(() => UserStatus, { description: 'Whether the user takes part in the directory.' })
  readonly status!: UserStatus

  @Field(() => JSONObject, {
    description: 'Whatever else you keep of the user.',
    ...longText(LIMITS.attributesBytes),
  })
  readonly attributes!: JsonObject

  @Field(() => DateTime, { description: 'When the user was created.' })
  readonly createdAt!: string

  @Field(() => DateTime, {
    description: "When a field of the user last changed; memberships and keys don't count.",
  })
  readonly updatedAt!: string
}

@ObjectType({ simpleResolvers: true, implements: Node, description: 'A group of users; groups nest.' })
export class Group extends Node {
  @Field(() => String, { description: 'Unique within the tenant, ignoring case.' })
  readonly name!: string

  @Field(() => String, {
    description: 'What the group is for; may be empty.',
    ...longText(LIMITS.description),
  })
  readonly description!: string

  @Field(() => DateTime, { description: 'When the group was created.' })
  readonly createdAt!: string

  @Field(() => DateTime, { description: "When a field of the group last changed; members don't count." })
  readonly updatedAt!: string

  readonly parentId!: string | null
}

@ObjectType({ simpleResolvers: true, description: 'That a user belongs to a group.' })
export class Membership {
  @Field(() => ID, { description: "The user's id." })
  readonly userId!: string

  @Field(() => ID, { description: "The group's id." })
  readonly groupId!: string

  @Field(() => MembershipRole, { description: 'What the user is in the group.' })
  readonly role!: MembershipRole

  @Field(() => DateTime, { description: 'When the user joined; a change of role does not move it.' })
  readonly since!: string
}

@ObjectType({
  simpleResolvers: true,
  description: "A key that programs authenticate with, on a user's behalf. The secret is not kept.",
})
export class ApiKey {
  @Field(() => ID, { description: 'Names the key, for revokeApiKey and in the audit trail.' })
  readonly id!: string

  @Field(() => String, { description: 'What the key is for.' })
  readonly label!: string

  @Field(() => [Scope], { description: 'What the key may do.' })
  readonly scopes!: Scope[]

  @Field(() => DateTime, { description: 'When the key was made.' })
  readonly createdAt!: string

  @Field(() => DateTime, { nullable: true, description: 'The key is refused from then on; null: never.' })
  readonly expiresAt!: string | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'The key has been refused since then; null: it is not revoked.',
  })
  readonly revokedAt!: string | null

  @Field(() => String, { description: 'The last four characters of the secret, to recognise it by.' })
  readonly lastFour!: string
}

@ObjectType({
  simpleResolvers: true,
  description: 'An organisation. Nothing of one tenant exists for another.',
})
export class Tenant {
  @Field(() => ID, { description: 'The id that the header Rollcall-Tenant takes.' })
  readonly id!: string

  @Field(() => String, { description: 'What people call it.' })
  readonly name!: string

  @Field(() => DateTime, { description: 'When the tenant was made.' })
  readonly createdAt!: string
}

export const UserConnection = connectionType('User', () => User)
export const GroupConnection = connectionType('Group', () => Group)
export const MembershipConnection = connectionType('Membership', () => Membership)
