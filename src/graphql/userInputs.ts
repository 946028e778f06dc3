import { Field, ID, InputType } from 'type-graphql'
import type { JsonObject } from '../domain/user.ts'
import { UserStatus } from './enums.ts'
import { DateTime, JSONObject } from './scalars.ts'

@InputType({ description: 'Users whose attribute has exactly this value.' })
export class AttributeFilter {
  @Field(() => String, { description: 'The name of an attribute at the top level.' })
  readonly name!: string

  @Field(() => String, { description: 'Its value; numbers and booleans as JSON writes them.' })
  readonly equals!: string
}

@InputType({ description: 'Users for whom all of this holds.' })
export class UserFilter {
  @Field(() => UserStatus, {
    nullable: true,
    description: 'Of this status; without it, all but the deleted ones.',
  })
  readonly status?: UserStatus | null

  @Field(() => String, { nullable: true, description: 'With exactly this address, ignoring case.' })
  readonly email?: string | null

  @Field(() => String, { nullable: true, description: 'Whose username begins so, ignoring case.' })
  readonly usernamePrefix?: string | null

  @Field(() => ID, { nullable: true, description: 'Direct members of this group.' })
  readonly groupId?: string | null

  @Field(() => DateTime, { nullable: true, description: 'Created after this instant.' })
  readonly createdAfter?: Date | null

  @Field(() => DateTime, { nullable: true, description: 'Last changed after this instant.' })
  readonly updatedAfter?: Date | null

  @Field(() => AttributeFilter, { nullable: true, description: 'With this attribute.' })
  readonly attribute?: AttributeFilter | null
}

@InputType({ description: 'A new user.' })
export class CreateUserInput {
  @Field(() => ID, {
    nullable: true,
    description: 'An id of your own, never used before; without it, one is made.',
  })
  readonly id?: string | null

  @Field(() => String, { description: 'Unique ignoring case; 1 to 128 characters.' })
  readonly username!: string

  @Field(() => String, { nullable: true, description: 'Unique ignoring case; at most 254 characters.' })
  readonly email?: string | null

  @Field(() => String, { nullable: true, description: 'What people call the user; at most 256 characters.' })
  readonly name?: string | null

  @Field(() => JSONObject, { nullable: true, description: 'At most 16 KiB of JSON, 8 deep, 256 keys.' })
  readonly attributes?: JsonObject | null
}

@InputType({ description: 'What to change of a user. What is not named stays as it is; null clears.' })
export class UserPatch {
  @Field(() => String, { nullable: true, description: 'Must not be null.' })
  readonly username?: string | null

  @Field(() => String, { nullable: true, description: 'Null: no address.' })
  readonly email?: string | null

  @Field(() => String, { nullable: true, description: 'Null: no name.' })
  readonly name?: string | null

  @Field(() => UserStatus, { nullable: true, description: 'ACTIVE or SUSPENDED; to delete, use deleteUser.' })
  readonly status?: UserStatus | null

  @Field(() => JSONObject, { nullable: true, description: 'Replaces all attributes; null: none.' })
  readonly attributes?: JsonObject | null
}
