import { Arg, Field, ObjectType, Resolver, Root, Subscription } from 'type-graphql'
import { type ChangeFilter, filterKey, passes } from '../domain/changeFilter.ts'
import { badInput, DomainFailure } from '../domain/errors.ts'
import type { RecordedEvent } from '../domain/events.ts'
import type { FollowPlace, JournalCursors } from '../domain/JournalCursors.ts'
import { type SnapshotEvent, snapshot } from '../feed/snapshot.ts'
import type { JournalMessage } from '../feed/tail.ts'
import { shownTo } from '../services/changes.ts'
import { requireRead } from '../services/guard.ts'
import { Change, changesFor, journalCursors } from './change.ts'
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
        'Begin with the present state: the changes that made it, without what was overwritten or deleted since. With after: go on with the snapshot that this cursor is of.',
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
  readonly cursors: JournalCursors
  readonly filter: ChangeFilter
  readonly withSnapshot: boolean
  readonly place: FollowPlace
}

/** Where a subscription begins. Whatever is wrong with it is known before anything is sent. */
async function startOf(
  context: RequestContext,
  { after, filter: input, ...args }: FollowArgs,
): Promise<Start> {
  const { gateway, viewer } = context
  await context.run(() => requireRead(viewer, null))
  const filter = changeFilterOf(input)
  const cursors = journalCursors(context, filterKey(filter))
  const head = await gateway.journal.head(viewer.tenant)
  if (after == null) {
    return {
      cursors,
      filter,
      withSnapshot: args.snapshot ?? false,
      place: { position: head, snapshot: null },
    }
  }
  const place = await placeOf(context, cursors, after, head)
  if (args.snapshot && place.snapshot === null) {
    const wanted = 'must be left out to begin with a snapshot, or be a cursor of a snapshot to go on with it'
    throw new DomainFailure(badInput('after', after, wanted))
  }
  return { cursors, filter, withSnapshot: place.snapshot !== null, place }
}

/**
 * The subscriber's contract (rule 8): the snapshot that was asked for; changes after the cursor in the journal's order, each once;
 * CAUGHT_UP where the replay ends; then live. A BOOKMARK comes at most about once a second, when the journal moved with nothing for this
 * follower. It pulls: a slow consumer reads the journal later, and nothing is queued for it.
 */
async function* follow(context: RequestContext, start: Start): AsyncGenerator<ChangeMessage> {
  const { gateway, viewer } = context
  const { cursors, filter, withSnapshot, place } = start
  const wants = (event: RecordedEvent) => shownTo(viewer, event) !== null && passes(filter, event)
  const stop = new AbortController()
  const ended = context.onEnd(() => stop.abort())
  try {
    if (withSnapshot) {
      for await (const page of snapshot(gateway, viewer.tenant, place.position, place.snapshot)) {
        if (stop.signal.aborted) return
        const wanted = page.filter(({ event }) => wants(event))
        yield* stateMessages(context, cursors, place.position, wanted)
      }
    }
    const messages = gateway.journal.tail(viewer.tenant, place.position, { signal: stop.signal, wants })
    for await (const message of messages) yield* journalMessages(context, cursors, message)
  } finally {
    stop.abort()
    ended()
  }
}

function* stateMessages(
  context: RequestContext,
  cursors: JournalCursors,
  position: number,
  page: readonly SnapshotEvent[],
): Generator<ChangeMessage> {
  for (const { event, place } of page) {
    for (const change of changesFor(context, [event], () => cursors.inSnapshot(position, place))) {
      yield { kind: 'CHANGE', cursor: change.cursor, change }
    }
  }
}

function* journalMessages(
  context: RequestContext,
  cursors: JournalCursors,
  message: JournalMessage,
): Generator<ChangeMessage> {
  if (message.kind === 'changes') {
    for (const change of changesFor(context, message.events, ({ position }) => cursors.at(position))) {
      yield { kind: 'CHANGE', cursor: change.cursor, change }
    }
    return
  }
  const kind = message.kind === 'level' ? 'CAUGHT_UP' : 'BOOKMARK'
  yield { kind, cursor: cursors.at(message.position), change: null }
}
