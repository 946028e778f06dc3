import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { RecordedEvent } from '../domain/events.ts'
import type { Program } from '../ops/program.ts'
import type { PageArgs } from '../ops/query.ts'
import type { GroupRow, Page, PastGroupRow, PastUserRow, UserRow } from '../ops/rows.ts'
import type { Read } from '../services/directory.ts'
import { groupHistory, userHistory } from '../services/history.ts'
import { After, First } from './args.ts'
import { changesFor, journalCursors } from './change.ts'
import { ChangeConnection } from './changeConnection.ts'
import { type ListArgs, pageArgs, pageInfo } from './connections.ts'
import type { RequestContext } from './context.ts'
import { scopeOf } from './scopeOf.ts'
import { Group, User } from './types.ts'

@Resolver(() => User)
export class UserHistoryResolver {
  @FieldResolver(() => ChangeConnection, {
    description:
      'Every change ever made to this user, its memberships too, oldest first: who, when, what. Needs AUDIT_READ, beside the scope to read.',
  })
  history(
    @Root() user: UserRow | PastUserRow,
    @Ctx() context: RequestContext,
    @First() first: number | null,
    @After() after?: string,
  ): Promise<ChangeConnection> {
    return history(context, 'userHistory', user, { first, after }, (page) =>
      userHistory(context.viewer, user.id, page),
    )
  }
}

@Resolver(() => Group)
export class GroupHistoryResolver {
  @FieldResolver(() => ChangeConnection, {
    description:
      'Every change ever made to this group, its members too, oldest first: who, when, what. Needs AUDIT_READ, beside the scope to read.',
  })
  history(
    @Root() group: GroupRow | PastGroupRow,
    @Ctx() context: RequestContext,
    @First() first: number | null,
    @After() after?: string,
  ): Promise<ChangeConnection> {
    return history(context, 'groupHistory', group, { first, after }, (page) =>
      groupHistory(context.viewer, group.id, page),
    )
  }
}

/** A page may be shorter than was asked for where it held changes later than the object is of, or newer than this release. */
async function history(
  context: RequestContext,
  list: string,
  row: { readonly id: string; readonly asOf?: string },
  args: ListArgs,
  program: (page: PageArgs) => Program<Read<Page<RecordedEvent>>>,
): Promise<ChangeConnection> {
  const { id, asOf = null } = row
  const scope = scopeOf(list, { id, asOf })
  const page = pageArgs(context, scope, args)
  const changes = await context.read(() => program(page))
  const journal = journalCursors(context)
  return {
    nodes: changesFor(
      context,
      changes.rows.filter(({ meta }) => asOf === null || meta.at <= asOf),
      ({ position }) => journal.at(position),
    ),
    pageInfo: pageInfo(context, scope, page, changes),
  }
}
