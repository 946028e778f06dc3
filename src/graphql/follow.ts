import { Arg, Field, ObjectType, Resolver, Root, Subscription } from 'type-graphql'
import type { FollowPlace } from '../domain/JournalCursors.ts'
import { snapshot } from '../feed/snapshot.ts'
import { requireRead } from '../services/guard.ts'
import { type Channel, channelOf, type Message } from './Channel.ts'
import { Change } from './change.ts'
import { ChangeFilterInput, changeFilterOf } from './changeFilter.ts'
import { placeOf } from './changes.ts'
import type { RequestContext } from './context.ts'
import { ChangeMessageKind } from './enums.ts'
import { Cursor } from './scalars.ts'

@ObjectType({
  simpleResolvers: true,
  description: 'A message of the subscription. Keep the cursor of the last one: it is where to resume.',
})
export class ChangeMessage {
  @Field(() => ChangeMessageKind, { description: 'What the message says.' })
  readonly kind!: ChangeMessageKind

  @Field(() => Cursor, { description: 'Where to resume after this message.' })
  readonly cursor!: string

  @Field(() => Change, { nullable: true, description: 'The change, for CHANGE.' })
  readonly change!: Change | null
}

interface FollowArgs {
  readonly after?: string | null
  readonly snapshot?: boolean | null
  readonly filter?: ChangeFilterInput | null
}

@Resolver()
export class FollowResolver {
  @Subscription(() => ChangeMessage, {
    description:
      "The tenant's changes from a cursor, in order, without a gap and without end; without one, from now on, or, with snapshot, first the present state as changes. Every change is told after the views have it: a query made on receipt sees it.",
    subscribe: async ({ args, context }) => follow(context, await startOf(context, args)),
  })
  changes(
    @Root() message: ChangeMessage,
    @Arg('after', () => Cursor, {
      nullable: true,
      description: 'The cursor of the last message that was received.',
    })
    _after?: string | null,
    @Arg('snapshot', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description:
        'Without after, begin with the present state: the changes that made it, without what was overwritten or deleted since. After a cut, pass the last cursor as after: it goes on from there, within the snapshot too.',
    })
    _snapshot?: boolean | null,
    @Arg('filter', () => ChangeFilterInput, {
      nullable: true,
      description: 'Only these; a cursor goes with the filter that it came from.',
    })
    _filter?: ChangeFilterInput | null,
  ): ChangeMessage {
    return message
  }
}

interface Start {
  readonly channel: Channel
  readonly place: FollowPlace
  readonly withSnapshot: boolean
}

/** Where a subscription begins. Whatever is wrong with it is known before anything is sent. */
async function startOf(context: RequestContext, { filter, snapshot, ...args }: FollowArgs): Promise<Start> {
  const { gateway, viewer } = context
  const after = context.resumeAfter ?? args.after
  const field = context.resumeAfter === null ? 'after' : 'Last-Event-ID'
  await context.run(() => requireRead(viewer, null))
  const channel = channelOf(context, changeFilterOf(filter))
  if (after == null) {
    const head = await gateway.journal.head(viewer.tenant)
    return { channel, place: { position: head, snapshot: null }, withSnapshot: snapshot ?? false }
  }
  const place = await placeOf(context, channel.cursors, after, field)
  return { channel, place, withSnapshot: place.snapshot !== null }
}

/**
 * The subscriber's contract (rule 8): the snapshot that was asked for; changes after the cursor in the journal's order, each once;
 * CAUGHT_UP where the replay ends; then live. A BOOKMARK comes at most about once a second, when the journal moved with nothing for this
 * follower. It pulls: a slow consumer reads the journal later, and nothing is queued for it. Messages come in batches.
 */
async function* follow(context: RequestContext, start: Start): AsyncGenerator<readonly Message[]> {
  const { gateway, viewer } = context
  const { channel, place, withSnapshot } = start
  if (withSnapshot) {
    for await (const page of snapshot(gateway, viewer.tenant, place.position, place.snapshot)) {
      if (context.signal.aborted) return
      yield channel.state(page, place.position)
    }
  }
  const options = { signal: context.signal, select: channel.select }
  for await (const message of gateway.journal.tail(viewer.tenant, place.position, options)) {
    yield channel.messages(message)
  }
}
