import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql'
import type { ApiKeyRow } from '../ops/rows.ts'
import * as apiKeys from '../services/apiKeys.ts'
import type { RequestContext } from './context.ts'
import { Scope } from './enums.ts'
import { ConsistencyToken, DateTime } from './scalars.ts'
import { ApiKey } from './types.ts'

@InputType({ description: 'A new API key.' })
export class CreateApiKeyInput {
  @Field(() => ID, {
    description: "The user on whose behalf the key acts; a suspended or deleted user's keys are refused.",
  })
  readonly userId!: string

  @Field(() => String, { description: 'What the key is for; at most 128 characters.' })
  readonly label!: string

  @Field(() => [Scope], { description: 'What the key may do; at least one.' })
  readonly scopes!: Scope[]

  @Field(() => DateTime, { nullable: true, description: 'The key is refused from then on.' })
  readonly expiresAt?: Date | null
}

@ObjectType({ simpleResolvers: true, description: 'The secret is shown here once and never again.' })
export class ApiKeyPayload {
  @Field(() => ApiKey, { description: 'The key as the write left it.' })
  readonly apiKey!: ApiKeyRow

  @Field(() => String, {
    nullable: true,
    description: 'The secret, the one time it is made; null for a revocation or a repeated request.',
  })
  readonly secret!: string | null

  @Field(() => ConsistencyToken, { description: 'Reads with this token see the write.' })
  readonly token!: string
}

@Resolver()
export class ApiKeysResolver {
  @Mutation(() => ApiKeyPayload, { description: 'Makes an API key for a user. Needs ADMIN.' })
  async createApiKey(
    @Ctx() context: RequestContext,
    @Arg('input', () => CreateApiKeyInput, { description: 'The new key.' }) input: CreateApiKeyInput,
  ): Promise<ApiKeyPayload> {
    const { token, ...written } = await context.run(() => apiKeys.createApiKey(context.viewer, input))
    return { ...written, token: context.token(context.saw(token)) }
  }

  @Mutation(() => ApiKeyPayload, { description: 'Ends a key, at once. Needs ADMIN.' })
  async revokeApiKey(
    @Ctx() context: RequestContext,
    @Arg('userId', () => ID, { description: "The user's id." }) userId: string,
    @Arg('keyId', () => ID, { description: "The key's id." }) keyId: string,
  ): Promise<ApiKeyPayload> {
    const { token, ...written } = await context.run(() => apiKeys.revokeApiKey(context.viewer, userId, keyId))
    return { ...written, token: context.token(context.saw(token)) }
  }
}
