import { Arg, Ctx, Field, ID, Int, ObjectType, Query, Resolver, Root, Subscription } from 'type-graphql'
import { DomainFailure } from '../domain/errors.ts'
import type { Event, RecordedEvent } from '../domain/events.ts'
import { vectorOf } from '../domain/token.ts'
import { journalCursor, journalPlace, shownTo } from '../services/changes.ts'
import { requireRead } from '../services/guard.ts'
import type { RequestContext } from './context.ts'
import { ChangeMessageKind } from './enums.ts'
import { DirectoryEvent } from './events.ts'
import { ConsistencyToken, Cursor, DateTime } from './scalars.ts'

@ObjectType({ simpleResolvers: true, description: 'Who did it.' })
export class Actor {
  @Field(() => String, { description: 'operator, key or system.' })
  readonly kind!: string

  @Field(() => ID, { nullable: true, description: "The API key's id, for key." })
  readonly id!: string | null

  @Field(() => String, { nullable: true, description: 'What the key is for.' })
  readonly label!: string | null
}

@ObjectType({ simpleResolvers: true, description: 'One event of the log, at its place.' })
export class Change {
  @Field(() => Cursor, { description: 'Where to resume after this change.' })
  readonly cursor!: string

  @Field(() => String, {
    description:
      'The stream. Apply a change iff its seq is greater than the last that you applied of this stream.',
  })
  readonly stream!: string

  @Field(() => Int, { description: 'The place in the stream: contiguous from 1.' })
  readonly seq!: number

  @Field(() => DateTime, { description: 'When it happened.' })
  readonly at!: string

  @Field(() => Actor, { description: 'Who did it.' })
  readonly actor!: Actor

  @Field(() => String, {
    nullable: true,
    description: "What caused it: the request's id, or the change's id in an import.",
  })
  readonly cause!: string | null

  @Field(() => DirectoryEvent, { description: 'What happened.' })
  readonly event!: Event

  @Field(() => ConsistencyToken, { description: 'Reads with this token see the change.' })
  readonly token!: string
}

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

@Resolver()
export class ChangesResolver {
  @Query(() => Cursor, {
    description: 'The cursor of now: what a client keeps before it reads a first copy.',
  })
  async head(@Ctx() context: RequestContext): Promise<string> {
    await context.run(() => requireRead(context.viewer, null))
    context.sawViews()
    return cursorAt(context, await context.gateway.journal.head(context.viewer.tenant))
  }

  @Subscription(() => ChangeMessage, {
    description:
      "The tenant's changes from a cursor, in order, without a gap and without end; without one, from now on. Every change is told after the views have it: a query made on receipt sees it.",
    subscribe: async ({ args, context }) => follow(context, await startOf(context, args.after)),
  })
  changes(
    @Root() message: ChangeMessage,
    @Arg('after', () => Cursor, {
      nullable: true,
      description: 'The cursor of the last message that was received.',
    })
    _after?: string,
  ): ChangeMessage {
    return message
  }
}

/** Where a subscription begins. Whatever is wrong with it is known before anything is sent. */
async function startOf(context: RequestContext, after: string | null | undefined): Promise<number> {
  const { gateway, viewer } = context
  await context.run(() => requireRead(viewer, null))
  const head = await gateway.journal.head(viewer.tenant)
  return after == null ? head : placeOf(context, after, head)
}

/**
 * The subscriber's contract (rule 8): changes after the cursor in the journal's order, each once; CAUGHT_UP where the replay
 * ends; then live. A BOOKMARK comes at most about once a second, when the journal moved with nothing for this viewer. It
 * pulls: a slow consumer reads the journal later, and nothing is queued for it.
 */
async function* follow(context: RequestContext, start: number): AsyncGenerator<ChangeMessage> {
  const { gateway, viewer } = context
  const stop = new AbortController()
  const ended = context.onEnd(() => stop.abort())
  try {
    for await (const message of gateway.journal.tail(viewer.tenant, start, { signal: stop.signal })) {
      const changes = message.kind === 'changes' ? changesFor(context, message.events) : []
      for (const change of changes) yield { kind: 'CHANGE', cursor: change.cursor, change }
      const cursor = cursorAt(context, message.position)
      if (message.kind === 'level') yield { kind: 'CAUGHT_UP', cursor, change: null }
      else if (changes.length === 0) yield { kind: 'BOOKMARK', cursor, change: null }
    }
  } finally {
    stop.abort()
    ended()
  }
}

function changesFor(context: RequestContext, events: readonly RecordedEvent[]): Change[] {
  const changes: Change[] = []
  for (const recorded of events) {
    const event = shownTo(context.viewer, recorded)
    if (event !== null) changes.push(changeOf(context, recorded, event))
  }
  return changes
}

function changeOf(
  context: RequestContext,
  { stream, seq, position, meta }: RecordedEvent,
  event: Event,
): Change {
  const { at, actor, cause } = meta
  return {
    stream,
    seq,
    at,
    actor,
    cause,
    event,
    // Signed only where they are asked for.
    get cursor() {
      return cursorAt(context, position)
    },
    get token() {
      return context.token(vectorOf([stream, seq]))
    },
  }
}

const cursorAt = ({ gateway, viewer }: RequestContext, position: number): string =>
  journalCursor(gateway.cursors, gateway.log.epoch, viewer.tenant, position)

function placeOf({ gateway, viewer }: RequestContext, cursor: string, head: number): number {
  const place = journalPlace(gateway.cursors, gateway.log.epoch, viewer.tenant, cursor, head)
  if (!place.ok) throw new DomainFailure(place.error)
  return place.value
}
