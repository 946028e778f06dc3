import { Arg, Ctx, Int, Query, Resolver } from 'type-graphql'
import { filterKey, passes } from '../domain/changeFilter.ts'
import { badInput, DomainFailure, domainError, errorOf } from '../domain/errors.ts'
import type { FollowPlace, JournalCursors } from '../domain/JournalCursors.ts'
import { vectorAt } from '../domain/token.ts'
import { wantedPage } from '../feed/wantedPage.ts'
import { shownTo } from '../services/changes.ts'
import { requireRead } from '../services/guard.ts'
import { changesFor, journalCursors } from './change.ts'
import { ChangeConnection } from './changeConnection.ts'
import { ChangeFilterInput, changeFilterOf } from './changeFilter.ts'
import { MAX_PAGE } from './connections.ts'
import type { RequestContext } from './context.ts'
import { Cursor } from './scalars.ts'

@Resolver()
export class ChangesResolver {
  @Query(() => Cursor, {
    description: 'The cursor of now: what a client keeps before it reads a first copy.',
  })
  async head(@Ctx() context: RequestContext): Promise<string> {
    await context.run(() => requireRead(context.viewer, null))
    context.sawViews()
    return journalCursors(context).at(await context.gateway.journal.head(context.viewer.tenant))
  }

  @Query(() => ChangeConnection, {
    description:
      'The journal from a cursor, in order: incremental synchronisation by polling, and the audit trail. Without one, from the oldest change that is kept to be followed from. A page may be short or empty and still have a next one: read on from its endCursor. Who made a change, when and why is told to whoever may read; changes of API keys only to those who hold AUDIT_READ.',
  })
  async changes(
    @Ctx() context: RequestContext,
    @Arg('first', () => Int, {
      nullable: true,
      defaultValue: 100,
      description: 'How many at most, 1 to 1,000.',
    })
    first: number | null,
    @Arg('after', () => Cursor, {
      nullable: true,
      description: 'Those after this place: an endCursor, the cursor of a change or a message, or head.',
    })
    after?: string | null,
    @Arg('filter', () => ChangeFilterInput, {
      nullable: true,
      description: 'Only these; a cursor goes with the filter that it came from.',
    })
    input?: ChangeFilterInput | null,
  ): Promise<ChangeConnection> {
    const { gateway, viewer } = context
    await context.run(() => requireRead(viewer, null))
    const size = first ?? 100
    if (size < 1 || size > MAX_PAGE)
      throw new DomainFailure(badInput('first', size, `must be 1 to ${MAX_PAGE}`))
    const filter = changeFilterOf(input)
    const cursors = journalCursors(context, filterKey(filter))
    const { position, snapshot } = await placeOf(context, cursors, after)
    if (snapshot !== null) {
      throw new DomainFailure(
        badInput('after', after, 'must not be of a snapshot: the subscription goes on with that'),
      )
    }
    const head = await gateway.journal.head(viewer.tenant)
    const page = await wantedPage(gateway.journal, viewer.tenant, {
      after: position,
      first: size,
      wants: (event) => shownTo(viewer, event) !== null && passes(filter, event),
    })
    context.sawViews()
    return {
      nodes: changesFor(context, page.events, (event) => cursors.at(event.position)),
      pageInfo: { hasNextPage: page.position < head, endCursor: cursors.at(page.position) },
    }
  }
}

/**
 * Where a cursor stands; without one, the oldest place. One that another server gave may be ahead of what this one has heard of: then it
 * waits for that, as for a token. Throws DomainFailure BAD_CURSOR, CURSOR_EXPIRED, of the field that it was given in; VIEW_BEHIND.
 */
export async function placeOf(
  { gateway, viewer }: RequestContext,
  cursors: JournalCursors,
  cursor: string | null | undefined,
  field = 'after',
): Promise<FollowPlace> {
  const { journal, feed, viewDeadlineMs } = gateway
  const oldest = await journal.oldest()
  if (cursor == null) return { position: oldest, snapshot: null }
  const place = cursors.place(cursor, { oldest, end: await journal.end(viewer.tenant) })
  if (!place.ok) throw new DomainFailure(errorOf(field, place.error))
  const { position } = place.value
  const head = await journal.head(viewer.tenant)
  if (position > head && !(await feed.reach(vectorAt(position), viewDeadlineMs))) {
    const message = `The views did not reach the cursor within ${viewDeadlineMs} ms. Try again with it`
    const details = { wanted: vectorAt(position), has: vectorAt(head), committed: false }
    throw new DomainFailure(domainError('VIEW_BEHIND', message, details))
  }
  return place.value
}
