import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { mergeVectors, type Vector } from '../domain/token.ts'
import { getGroup, getUser } from '../ops/query.ts'
import type {
  GroupRow,
  MembershipRow,
  PastGroupRow,
  PastMembershipRow,
  PastUserRow,
  UserRow,
} from '../ops/rows.ts'
import * as directory from '../services/directory.ts'
import * as memberships from '../services/memberships.ts'
import { membershipVector } from '../services/rows.ts'
import { AtLeast, IfMatch } from './args.ts'
import type { RequestContext } from './context.ts'
import { MembershipRole } from './enums.ts'
import { isPast, pastGroup, pastMembershipToken, pastUser } from './past.ts'
import { ConsistencyToken } from './scalars.ts'
import { Group, Membership, User } from './types.ts'

const ROLE = 'What the user is in the group. Null is refused: removeMembership takes a user out.'

@InputType({ description: 'A user in a group.' })
export class MembershipInput {
  @Field(() => ID, { description: "The group's id." })
  readonly groupId!: string

  @Field(() => ID, { description: "The user's id." })
  readonly userId!: string

  @Field(() => MembershipRole, {
    nullable: true,
    defaultValue: MembershipRole.MEMBER,
    description: ROLE,
  })
  readonly role?: MembershipRole | null
}

@ObjectType({ simpleResolvers: true, description: 'A membership after a write.' })
export class MembershipPayload {
  @Field(() => Membership, { nullable: true, description: 'The membership; null where there is none now.' })
  readonly membership!: MembershipRow | null

  @Field(() => ConsistencyToken, { description: 'Reads with this token see the write.' })
  readonly token!: string
}

@ObjectType({ simpleResolvers: true, description: 'Memberships after a write.' })
export class MembershipsPayload {
  @Field(() => [Membership], { description: 'The memberships, in the order of the input.' })
  readonly memberships!: readonly MembershipRow[]

  @Field(() => ConsistencyToken, { description: 'Reads with this token see the write.' })
  readonly token!: string
}

const SEEN = 'Tokens of the user and the group, so that what was just created is seen.'
const IF_MATCH =
  "A token of the group's members: write only if nobody joined, left or changed role since, else STALE_TOKEN."

@Resolver(() => Membership)
export class MembershipsResolver {
  @Query(() => Boolean, { description: 'Whether the user is in the group.' })
  isMember(
    @Ctx() context: RequestContext,
    @Arg('userId', () => ID, { description: "The user's id." }) userId: string,
    @Arg('groupId', () => ID, { description: "The group's id." }) groupId: string,
    @Arg('transitive', () => Boolean, {
      nullable: true,
      defaultValue: true,
      description: 'Being in a group below counts too.',
    })
    transitive: boolean | null,
    @AtLeast() atLeast?: string,
  ): Promise<boolean> {
    const args = { groupId, userId, transitive: transitive ?? true }
    return context.read(() => directory.memberOf(context.viewer, args, context.vector('atLeast', atLeast)))
  }

  @Mutation(() => MembershipPayload, {
    description: 'Puts a user into a group, or changes the role there. STALE_TOKEN.',
  })
  async setMembership(
    @Ctx() context: RequestContext,
    @Arg('groupId', () => ID, { description: "The group's id." }) groupId: string,
    @Arg('userId', () => ID, { description: "The user's id." }) userId: string,
    @Arg('role', () => MembershipRole, {
      nullable: true,
      defaultValue: MembershipRole.MEMBER,
      description: ROLE,
    })
    role: MembershipRole | null,
    @Arg('atLeast', () => [ConsistencyToken], { nullable: true, description: SEEN }) atLeast?: string[],
    @IfMatch(IF_MATCH) ifMatch?: string,
  ): Promise<MembershipPayload> {
    const { membership, token } = await context.run(() =>
      memberships.setMembership(
        context.viewer,
        { groupId, userId, role },
        merged(context, atLeast),
        context.vector('ifMatch', ifMatch),
      ),
    )
    return { membership, token: context.token(context.saw(token)) }
  }

  @Mutation(() => MembershipsPayload, { description: 'Several at once, all or none: up to 98 in one group.' })
  async setMemberships(
    @Ctx() context: RequestContext,
    @Arg('input', () => [MembershipInput], { description: 'The memberships: with their groups at most 99.' })
    input: MembershipInput[],
    @Arg('atLeast', () => [ConsistencyToken], { nullable: true, description: SEEN }) atLeast?: string[],
  ): Promise<MembershipsPayload> {
    const { memberships: rows, token } = await context.run(() =>
      memberships.setMemberships(context.viewer, input, merged(context, atLeast)),
    )
    return { memberships: rows, token: context.token(context.saw(token)) }
  }

  @Mutation(() => MembershipPayload, {
    description: 'Takes a user out of a group; one who is not in it may be named too. STALE_TOKEN.',
  })
  async removeMembership(
    @Ctx() context: RequestContext,
    @Arg('groupId', () => ID, { description: "The group's id." }) groupId: string,
    @Arg('userId', () => ID, { description: "The user's id." }) userId: string,
    @IfMatch(IF_MATCH) ifMatch?: string,
  ): Promise<MembershipPayload> {
    const { membership, token } = await context.run(() =>
      memberships.removeMembership(context.viewer, { groupId, userId }, context.vector('ifMatch', ifMatch)),
    )
    return { membership, token: context.token(context.saw(token)) }
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'Null while the view has not yet seen the user: no foreign keys, no waiting.',
  })
  user(
    @Root() membership: MembershipRow | PastMembershipRow,
    @Ctx() context: RequestContext,
  ): Promise<UserRow | PastUserRow | null> {
    if (isPast<PastMembershipRow>(membership)) return pastUser(context, membership.userId, membership.asOf)
    context.sawViews()
    return context.load(getUser(membership.userId))
  }

  @FieldResolver(() => Group, {
    nullable: true,
    description: 'Null while the view has not yet seen the group.',
  })
  group(
    @Root() membership: MembershipRow | PastMembershipRow,
    @Ctx() context: RequestContext,
  ): Promise<GroupRow | PastGroupRow | null> {
    if (isPast<PastMembershipRow>(membership)) return pastGroup(context, membership.groupId, membership.asOf)
    context.sawViews()
    return context.load(getGroup(membership.groupId))
  }

  @FieldResolver(() => ConsistencyToken, { description: "Where the group's members stream is." })
  token(
    @Root() membership: MembershipRow | PastMembershipRow,
    @Ctx() context: RequestContext,
  ): string | Promise<string> {
    if (isPast<PastMembershipRow>(membership)) return pastMembershipToken(context, membership)
    return context.token(membershipVector(context.viewer.tenant, membership))
  }
}

function merged(context: RequestContext, tokens: readonly string[] | null | undefined): Vector | null {
  const vectors = (tokens ?? [])
    .map((token) => context.vector('atLeast', token))
    .filter((vector) => vector !== null)
  return vectors.length === 0 ? null : vectors.reduce(mergeVectors)
}
