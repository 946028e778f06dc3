import { Arg, Ctx, Field, ObjectType, Query, Resolver, Root, Subscription } from 'type-graphql'
import { requireRead } from '../services/guard.ts'
import { Change, changesFor, cursorAt, placeOf } from './change.ts'
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
