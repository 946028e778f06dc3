import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { fold, tidy } from '../domain/text.ts'
import { countMembers, getGroup, listChildren, listMembers } from '../ops/query.ts'
import type { GroupRow, PastGroupRow } from '../ops/rows.ts'
import * as directory from '../services/directory.ts'
import * as groups from '../services/groups.ts'
import { groupVector } from '../services/rows.ts'
import { After, AsOf, AtLeast, First, IfMatch } from './args.ts'
import { programConnection, viewConnection } from './connections.ts'
import type { RequestContext } from './context.ts'
import { isPast, pastChildrenOf, pastGroup, pastGroupToken, pastMemberCount, pastMembersOf } from './past.ts'
import { ConsistencyToken } from './scalars.ts'
import { scopeOf } from './scopeOf.ts'
import { searchTerm } from './search.ts'
import { Group, GroupConnection, MembershipConnection } from './types.ts'
import { DeletePayload } from './users.ts'

@InputType({ description: 'Groups for which all of this holds.' })
export class GroupFilter {
  @Field(() => ID, { nullable: true, description: 'Directly below this group.' })
  readonly parentId?: string | null

  @Field(() => ID, { nullable: true, description: 'Of which this user is a direct member.' })
  readonly userId?: string | null

  @Field(() => String, { nullable: true, description: 'Whose name begins so, ignoring case.' })
  readonly namePrefix?: string | null
}

@InputType({ description: 'A new group.' })
export class CreateGroupInput {
  @Field(() => ID, {
    nullable: true,
    description: 'An id of your own, never used before; without it, one is made.',
  })
  readonly id?: string | null

  @Field(() => String, { description: 'Unique ignoring case; 1 to 256 characters.' })
  readonly name!: string

  @Field(() => String, { nullable: true, description: 'What the group is for; at most 4,096 characters.' })
  readonly description?: string | null

  @Field(() => ID, { nullable: true, description: 'The group above; without it, a group of the top level.' })
  readonly parentId?: string | null
}

@InputType({ description: 'What to change of a group. What is not named stays as it is; null clears.' })
export class GroupPatch {
  @Field(() => String, { nullable: true, description: 'Must not be null.' })
  readonly name?: string | null

  @Field(() => String, { nullable: true, description: 'Null: empty.' })
  readonly description?: string | null

  @Field(() => ID, { nullable: true, description: 'Null: a group of the top level.' })
  readonly parentId?: string | null
}

@ObjectType({ simpleResolvers: true, description: 'A group after a write.' })
export class GroupPayload {
  @Field(() => Group, { description: 'The group as the write left it.' })
  readonly group!: GroupRow

  @Field(() => ConsistencyToken, { description: 'Reads with this token see the write.' })
  readonly token!: string
}

const IF_MATCH = 'A token of the group: write only if nothing has changed since, else STALE_TOKEN.'

@Resolver(() => Group)
export class GroupsResolver {
  @Query(() => Group, { nullable: true, description: 'The group with this id.' })
  group(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { description: "The group's id." }) id: string,
    @AtLeast() atLeast?: string,
    @AsOf() asOf?: Date,
  ): Promise<GroupRow | PastGroupRow | null> {
    const seen = context.vector('atLeast', atLeast)
    if (asOf != null) return pastGroup(context, id, asOf.toISOString())
    return context.read(() => directory.group(context.viewer, id, seen))
  }

  @Query(() => Group, { nullable: true, description: 'Case-insensitive, exact.' })
  groupByName(
    @Ctx() context: RequestContext,
    @Arg('name', () => String, { description: 'The name.' }) name: string,
    @AtLeast() atLeast?: string,
  ): Promise<GroupRow | null> {
    return context.read(() => directory.groupByName(context.viewer, name, context.vector('atLeast', atLeast)))
  }

  @Query(() => GroupConnection, {
    description: 'Groups by name, a page at a time; with search, best match first.',
  })
  groups(
    @Ctx() context: RequestContext,
    @Arg('search', () => String, {
      nullable: true,
      description: 'Case-insensitive, any part of the name. Every character stands for itself.',
    })
    search: string | undefined,
    @Arg('filter', () => GroupFilter, { nullable: true, description: 'Only groups for which this holds.' })
    filter: GroupFilter | undefined,
    @First() first: number | null,
    @After() after: string | undefined,
    @AtLeast() atLeast?: string,
  ) {
    const args = {
      search: searchTerm(search),
      filter: {
        parentId: filter?.parentId ?? null,
        userId: filter?.userId ?? null,
        namePrefix: filter?.namePrefix == null ? null : fold(tidy(filter.namePrefix)),
      },
    }
    return programConnection(context, scopeOf('groups', args), { first, after }, (page) =>
      directory.groups(context.viewer, { ...args, page }, context.vector('atLeast', atLeast)),
    )
  }

  @Mutation(() => GroupPayload, { description: 'Creates a group. GROUP_NAME_TAKEN.' })
  async createGroup(
    @Ctx() context: RequestContext,
    @Arg('input', () => CreateGroupInput, { description: 'The new group.' }) input: CreateGroupInput,
  ): Promise<GroupPayload> {
    const { group, token } = await context.run(() => groups.createGroup(context.viewer, input))
    return { group, token: context.token(context.saw(token)) }
  }

  @Mutation(() => GroupPayload, {
    description: 'Changes what the patch names. GROUP_NAME_TAKEN, GROUP_CYCLE, STALE_TOKEN.',
  })
  async updateGroup(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { description: "The group's id." }) id: string,
    @Arg('patch', () => GroupPatch, { description: 'What to change.' }) patch: GroupPatch,
    @IfMatch(IF_MATCH) ifMatch?: string,
  ): Promise<GroupPayload> {
    const { group, token } = await context.run(() =>
      groups.updateGroup(context.viewer, id, patch, context.vector('ifMatch', ifMatch)),
    )
    return { group, token: context.token(context.saw(token)) }
  }

  @Mutation(() => DeletePayload, {
    description: "Deletes a group. The group's children lose their parent; its memberships end. STALE_TOKEN.",
  })
  async deleteGroup(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { description: "The group's id." }) id: string,
    @IfMatch(IF_MATCH) ifMatch?: string,
  ): Promise<DeletePayload> {
    const token = await context.run(() =>
      groups.deleteGroup(context.viewer, id, context.vector('ifMatch', ifMatch)),
    )
    return { id, token: context.token(context.saw(token)) }
  }

  @FieldResolver(() => Group, { nullable: true, description: 'The group above; null at the top level.' })
  async parent(
    @Root() group: GroupRow | PastGroupRow,
    @Ctx() context: RequestContext,
  ): Promise<GroupRow | PastGroupRow | null> {
    if (group.parentId === null) return null
    if (isPast<PastGroupRow>(group)) return pastGroup(context, group.parentId, group.asOf)
    context.sawViews()
    return context.load(getGroup(group.parentId))
  }

  @FieldResolver(() => GroupConnection, { description: 'The groups directly below, by name.' })
  children(
    @Root() group: GroupRow | PastGroupRow,
    @Ctx() context: RequestContext,
    @First() first: number | null,
    @After() after?: string,
  ) {
    if (isPast<PastGroupRow>(group)) return pastChildrenOf(context, group, { first, after })
    return viewConnection(context, scopeOf('children', { groupId: group.id }), { first, after }, (page) =>
      context.load(listChildren(group.id, page)),
    )
  }

  @FieldResolver(() => MembershipConnection, { description: 'Who is in the group, by user id.' })
  members(
    @Root() group: GroupRow | PastGroupRow,
    @Ctx() context: RequestContext,
    @First() first: number | null,
    @After() after: string | undefined,
    @Arg('transitive', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description:
        'Also the members of every group below this one, each user once, with the membership that is nearest to this group.',
    })
    transitive: boolean | null,
  ) {
    if (isPast<PastGroupRow>(group)) {
      return pastMembersOf(context, group, { first, after }, transitive ?? false)
    }
    const scope = scopeOf('members', { groupId: group.id, transitive })
    return viewConnection(context, scope, { first, after }, (page) =>
      context.load(listMembers(group.id, transitive ?? false, page)),
    )
  }

  @FieldResolver(() => Int, { description: 'How many users are in the group.' })
  async memberCount(
    @Root() group: GroupRow | PastGroupRow,
    @Ctx() context: RequestContext,
    @Arg('transitive', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description: 'Also in the groups below, each user counted once.',
    })
    transitive: boolean | null,
  ): Promise<number> {
    if (isPast<PastGroupRow>(group)) return pastMemberCount(context, group, transitive ?? false)
    if (!transitive) return group.memberCount
    context.sawViews()
    return context.load(countMembers(group.id))
  }

  @FieldResolver(() => ConsistencyToken, {
    description: "Where this group's streams are: pass it as ifMatch to write only if nothing changed since.",
  })
  token(@Root() group: GroupRow | PastGroupRow, @Ctx() context: RequestContext): string | Promise<string> {
    if (isPast<PastGroupRow>(group)) return pastGroupToken(context, group)
    return context.token(groupVector(context.viewer.tenant, group))
  }
}
