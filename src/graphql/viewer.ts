import { Arg, Ctx, Field, FieldResolver, ID, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql'
import { DomainFailure, domainError } from '../domain/errors.ts'
import { SCOPES } from '../domain/scopes.ts'
import type { Viewer as ViewerData } from '../domain/viewer.ts'
import { getTenant, getUser } from '../ops/query.ts'
import type { GroupRow, TenantRow, UserRow } from '../ops/rows.ts'
import * as directory from '../services/directory.ts'
import * as tenants from '../services/tenants.ts'
import { AtLeast } from './args.ts'
import type { RequestContext } from './context.ts'
import { Scope } from './enums.ts'
import { ConsistencyToken } from './scalars.ts'
import { Node, Tenant, User } from './types.ts'

@ObjectType({ simpleResolvers: true, description: 'Who asks.' })
export class Viewer {
  @Field(() => ID, { nullable: true, description: "The API key's id; null for the operator key." })
  readonly keyId!: string | null
}

@ObjectType({ simpleResolvers: true, description: 'A new tenant.' })
export class TenantPayload {
  @Field(() => Tenant, { description: 'The tenant.' })
  readonly tenant!: TenantRow

  @Field(() => String, {
    description:
      'An ADMIN key of the new tenant, shown once: a request repeated under its Idempotency-Key gets an empty text.',
  })
  readonly secret!: string

  @Field(() => ConsistencyToken, { description: 'Reads of the new tenant with this token see the write.' })
  readonly token!: string
}

@Resolver(() => Viewer)
export class ViewerResolver {
  @Query(() => Viewer, { description: 'Who asks, in which tenant, and what they may do.' })
  viewer(@Ctx() context: RequestContext): ViewerData {
    return context.viewer
  }

  @Query(() => Node, { nullable: true, description: 'The user or group with this id.' })
  async node(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { description: 'The id.' }) id: string,
    @AtLeast() atLeast?: string,
  ): Promise<UserRow | GroupRow | null> {
    const user = await context.read(() =>
      directory.user(context.viewer, id, context.vector('atLeast', atLeast)),
    )
    return user ?? (await context.read(() => directory.group(context.viewer, id, null)))
  }

  @Mutation(() => TenantPayload, { description: 'Makes a tenant and its first key. Operator only.' })
  async createTenant(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { description: '1 to 63 of a-z 0-9 -, never used before.' }) id: string,
    @Arg('name', () => String, { description: 'What people call it.' }) name: string,
  ): Promise<TenantPayload> {
    const { tenant, secret, token } = await context.run(() => tenants.createTenant(context.viewer, id, name))
    return { tenant, secret, token: context.gateway.tokens.encode(id, token) }
  }

  @FieldResolver(() => Tenant, { description: 'The tenant within which everything is asked and done.' })
  async tenant(@Root() viewer: ViewerData, @Ctx() context: RequestContext): Promise<TenantRow> {
    const tenant = await context.load(getTenant(viewer.tenant))
    if (tenant !== null) return tenant
    throw new DomainFailure(domainError('NOT_FOUND', `There is no tenant ${JSON.stringify(viewer.tenant)}`))
  }

  @FieldResolver(() => [Scope], { description: 'What the key may do.' })
  scopes(@Root() viewer: ViewerData): readonly Scope[] {
    return viewer.operator ? SCOPES : viewer.scopes
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'The user on whose behalf the key acts, if any.',
  })
  async user(@Root() viewer: ViewerData, @Ctx() context: RequestContext): Promise<UserRow | null> {
    return viewer.userId === null ? null : context.load(getUser(viewer.userId))
  }
}
