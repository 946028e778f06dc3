import { Arg, Ctx, Field, FieldResolver, ID, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql'
import { fold, tidy } from '../domain/text.ts'
import { listApiKeys, listMemberships, type UserFilter as UserFilterOp } from '../ops/query.ts'
import type { ApiKeyRow, PastUserRow, UserRow } from '../ops/rows.ts'
import * as apiKeys from '../services/apiKeys.ts'
import * as directory from '../services/directory.ts'
import { userVector } from '../services/rows.ts'
import * as users from '../services/users.ts'
import { After, AsOf, AtLeast, First, IfMatch } from './args.ts'
import { programConnection, viewConnection } from './connections.ts'
import type { RequestContext } from './context.ts'
import { UserOrder } from './enums.ts'
import { isPast, pastApiKeys, pastMembershipsOf, pastUser } from './past.ts'
import { ConsistencyToken } from './scalars.ts'
import { scopeOf } from './scopeOf.ts'
import { searchTerm } from './search.ts'
import { ApiKey, MembershipConnection, User, UserConnection } from './types.ts'
import { CreateUserInput, UserFilter, UserPatch } from './userInputs.ts'

@ObjectType({ simpleResolvers: true, description: 'A user after a write.' })
export class UserPayload {
  @Field(() => User, { description: 'The user as the write left it.' })
  readonly user!: UserRow

  @Field(() => ConsistencyToken, { description: 'Reads with this token see the write.' })
  readonly token!: string
}

@ObjectType({ simpleResolvers: true, description: 'What was deleted.' })
export class DeletePayload {
  @Field(() => ID, { description: 'The id that was deleted; it is never used again.' })
  readonly id!: string

  @Field(() => ConsistencyToken, { description: 'Reads with this token see the deletion.' })
  readonly token!: string
}

const IF_MATCH = 'A token of the user: write only if nothing has changed since, else STALE_TOKEN.'

@Resolver(() => User)
export class UsersResolver {
  @Query(() => User, {
    nullable: true,
    description: 'The user with this id; deleted ones too, with status DELETED.',
  })
  user(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { description: "The user's id." }) id: string,
    @AtLeast() atLeast?: string,
    @AsOf() asOf?: Date,
  ): Promise<UserRow | PastUserRow | null> {
    const seen = context.vector('atLeast', atLeast)
    if (asOf != null) return pastUser(context, id, asOf.toISOString())
    return context.read(() => directory.user(context.viewer, id, seen))
  }

  @Query(() => User, { nullable: true, description: 'Case-insensitive, exact.' })
  userByEmail(
    @Ctx() context: RequestContext,
    @Arg('email', () => String, { description: 'The address.' }) email: string,
    @AtLeast() atLeast?: string,
  ): Promise<UserRow | null> {
    return context.read(() =>
      directory.userByEmail(context.viewer, email, context.vector('atLeast', atLeast)),
    )
  }

  @Query(() => User, { nullable: true, description: 'Case-insensitive, exact.' })
  userByUsername(
    @Ctx() context: RequestContext,
    @Arg('username', () => String, { description: 'The username.' }) username: string,
    @AtLeast() atLeast?: string,
  ): Promise<UserRow | null> {
    return context.read(() =>
      directory.userByUsername(context.viewer, username, context.vector('atLeast', atLeast)),
    )
  }

  @Query(() => UserConnection, { description: 'Users, a page at a time; with search, best match first.' })
  users(
    @Ctx() context: RequestContext,
    @Arg('search', () => String, {
      nullable: true,
      description:
        'Case-insensitive, any part of username, name or email. Every character stands for itself.',
    })
    search: string | undefined,
    @Arg('filter', () => UserFilter, { nullable: true, description: 'Only users for whom this holds.' })
    filter: UserFilter | undefined,
    @Arg('orderBy', () => UserOrder, {
      nullable: true,
      defaultValue: UserOrder.USERNAME,
      description: 'The order where there is no search.',
    })
    orderBy: UserOrder | null,
    @First() first: number | null,
    @After() after: string | undefined,
    @AtLeast() atLeast?: string,
  ) {
    const order = orderBy ?? 'USERNAME'
    const args = { search: searchTerm(search), filter: filterOp(filter), order }
    return programConnection(context, scopeOf('users', args), { first, after }, (page) =>
      directory.users(context.viewer, { ...args, page }, context.vector('atLeast', atLeast)),
    )
  }

  @Mutation(() => UserPayload, { description: 'Creates a user. USERNAME_TAKEN, EMAIL_TAKEN.' })
  async createUser(
    @Ctx() context: RequestContext,
    @Arg('input', () => CreateUserInput, { description: 'The new user.' }) input: CreateUserInput,
  ): Promise<UserPayload> {
    const { user, token } = await context.run(() => users.createUser(context.viewer, input))
    return { user, token: context.token(context.saw(token)) }
  }

  @Mutation(() => UserPayload, {
    description: 'Changes what the patch names. USERNAME_TAKEN, EMAIL_TAKEN, STALE_TOKEN.',
  })
  async updateUser(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { description: "The user's id." }) id: string,
    @Arg('patch', () => UserPatch, { description: 'What to change.' }) patch: UserPatch,
    @IfMatch(IF_MATCH) ifMatch?: string,
  ): Promise<UserPayload> {
    const { user, token } = await context.run(() =>
      users.updateUser(context.viewer, id, patch, context.vector('ifMatch', ifMatch)),
    )
    return { user, token: context.token(context.saw(token)) }
  }

  @Mutation(() => DeletePayload, {
    description: 'Deletes a user: its names are free again, its memberships and keys end. STALE_TOKEN.',
  })
  async deleteUser(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { description: "The user's id." }) id: string,
    @IfMatch(IF_MATCH) ifMatch?: string,
  ): Promise<DeletePayload> {
    const token = await context.run(() =>
      users.deleteUser(context.viewer, id, context.vector('ifMatch', ifMatch)),
    )
    return { id, token: context.token(context.saw(token)) }
  }

  @FieldResolver(() => ConsistencyToken, {
    description: "Where this user's streams are: pass it as ifMatch to write only if nothing changed since.",
  })
  token(@Root() user: UserRow, @Ctx() context: RequestContext): string {
    return context.token(userVector(context.viewer.tenant, user))
  }

  @FieldResolver(() => MembershipConnection, { description: 'The groups that the user is in, by group id.' })
  memberships(
    @Root() user: UserRow | PastUserRow,
    @Ctx() context: RequestContext,
    @First() first: number | null,
    @After() after: string | undefined,
    @Arg('transitive', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description:
        'Also the groups above, each once. In one that the user is in only through a group below, the role is MEMBER and since is when the first of those memberships began.',
    })
    transitive: boolean | null,
  ) {
    if (isPast<PastUserRow>(user)) {
      return pastMembershipsOf(context, user, { first, after }, transitive ?? false)
    }
    const scope = scopeOf('memberships', { userId: user.id, transitive })
    return viewConnection(context, scope, { first, after }, (page) =>
      context.load(listMemberships(user.id, transitive ?? false, page)),
    )
  }

  @FieldResolver(() => [ApiKey], {
    description:
      "The user's API keys, oldest first, revoked ones too. Needs ADMIN, unless the key is the user's own.",
  })
  async apiKeys(
    @Root() user: UserRow | PastUserRow,
    @Ctx() context: RequestContext,
  ): Promise<readonly ApiKeyRow[]> {
    await context.run(() => apiKeys.mayReadKeysOf(context.viewer, user.id))
    if (isPast<PastUserRow>(user)) return pastApiKeys(context, user)
    context.sawViews()
    return context.load(listApiKeys(user.id))
  }
}

function filterOp(filter: UserFilter | undefined): UserFilterOp {
  return {
    status: filter?.status ?? null,
    email: filter?.email == null ? null : fold(tidy(filter.email)),
    usernamePrefix: filter?.usernamePrefix == null ? null : fold(tidy(filter.usernamePrefix)),
    groupId: filter?.groupId ?? null,
    createdAfter: filter?.createdAfter?.toISOString() ?? null,
    updatedAfter: filter?.updatedAfter?.toISOString() ?? null,
    attribute: filter?.attribute ? { name: filter.attribute.name, equals: filter.attribute.equals } : null,
  }
}
