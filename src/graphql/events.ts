import { createUnionType, Field, ID, ObjectType } from 'type-graphql'
import type { Event } from '../domain/events.ts'
import { LIMITS } from '../domain/input.ts'
import type { JsonObject } from '../domain/user.ts'
import { GroupStatus, MembershipRole, Scope, UserStatus } from './enums.ts'
import { longText } from './longText.ts'
import { DateTime, JSONObject } from './scalars.ts'

/** The events as the schema shows them: an event says what a field is now. */

@ObjectType({
  simpleResolvers: true,
  description: "A user's username is this now. The first one of a user creates it.",
})
export class SetUsername {
  @Field(() => ID, { description: 'The user.' }) readonly userId!: string
  @Field(() => String, { description: 'The username.' }) readonly username!: string
}

@ObjectType({ simpleResolvers: true, description: "A user's email address is this now." })
export class SetUserEmail {
  @Field(() => ID, { description: 'The user.' }) readonly userId!: string
  @Field(() => String, { nullable: true, description: 'The address; null: none.' }) readonly email!:
    | string
    | null
}

@ObjectType({ simpleResolvers: true, description: "A user's name is this now." })
export class SetUserName {
  @Field(() => ID, { description: 'The user.' }) readonly userId!: string
  @Field(() => String, { nullable: true, description: 'The name; null: none.' }) readonly name!: string | null
}

@ObjectType({
  simpleResolvers: true,
  description: "A user's status is this now. DELETED: its memberships and keys have ended with it.",
})
export class SetUserStatus {
  @Field(() => ID, { description: 'The user.' }) readonly userId!: string
  @Field(() => UserStatus, { description: 'The status.' }) readonly status!: UserStatus
}

@ObjectType({ simpleResolvers: true, description: "A user's attributes are these now, all of them." })
export class SetUserAttributes {
  @Field(() => ID, { description: 'The user.' }) readonly userId!: string
  @Field(() => JSONObject, { description: 'The attributes.', ...longText(LIMITS.attributesBytes) })
  readonly attributes!: JsonObject
}

@ObjectType({
  simpleResolvers: true,
  description: 'An API key is this now; never the secret. Shown to those who hold AUDIT_READ.',
})
export class SetApiKey {
  @Field(() => ID, { description: 'The user whose key it is.' }) readonly userId!: string
  @Field(() => ID, { description: 'The key.' }) readonly keyId!: string
  @Field(() => String, { description: 'What the key is for.' }) readonly label!: string
  @Field(() => [Scope], { description: 'What the key may do.' }) readonly scopes!: Scope[]
  @Field(() => DateTime, { nullable: true, description: 'Refused from then on.' }) readonly expiresAt!:
    | string
    | null
  @Field(() => DateTime, { nullable: true, description: 'Revoked then.' }) readonly revokedAt!: string | null
}

@ObjectType({
  simpleResolvers: true,
  description: "A group's name is this now. The first one of a group creates it.",
})
export class SetGroupName {
  @Field(() => ID, { description: 'The group.' }) readonly groupId!: string
  @Field(() => String, { description: 'The name.' }) readonly name!: string
}

@ObjectType({ simpleResolvers: true, description: "A group's description is this now." })
export class SetGroupDescription {
  @Field(() => ID, { description: 'The group.' }) readonly groupId!: string
  @Field(() => String, { description: 'The description.', ...longText(LIMITS.description) })
  readonly description!: string
}

@ObjectType({ simpleResolvers: true, description: 'A group is below this one now.' })
export class SetGroupParent {
  @Field(() => ID, { description: 'The group.' }) readonly groupId!: string
  @Field(() => ID, { nullable: true, description: 'The group above; null: none.' }) readonly parentId!:
    | string
    | null
}

@ObjectType({
  simpleResolvers: true,
  description:
    "A group's status is this now. DELETED: its memberships have ended and its children have lost their parent with it.",
})
export class SetGroupStatus {
  @Field(() => ID, { description: 'The group.' }) readonly groupId!: string
  @Field(() => GroupStatus, { description: 'The status.' }) readonly status!: GroupStatus
}

@ObjectType({
  simpleResolvers: true,
  description: 'A user is this in a group now. role null: no longer a member.',
})
export class SetMembership {
  @Field(() => ID, { description: 'The group.' }) readonly groupId!: string
  @Field(() => ID, { description: 'The user.' }) readonly userId!: string
  @Field(() => MembershipRole, { nullable: true, description: 'The role; null: none.' })
  readonly role!: MembershipRole | null
}

export const typeOfEvent = (event: Event): string => event.type

export const DirectoryEvent = createUnionType({
  name: 'DirectoryEvent',
  description: 'What a field of the directory is now.',
  types: () =>
    [
      SetUsername,
      SetUserEmail,
      SetUserName,
      SetUserStatus,
      SetUserAttributes,
      SetApiKey,
      SetGroupName,
      SetGroupDescription,
      SetGroupParent,
      SetGroupStatus,
      SetMembership,
    ] as const,
  resolveType: (value) => typeOfEvent(value as unknown as Event),
})
