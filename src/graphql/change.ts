import { Field, ID, Int, ObjectType } from 'type-graphql'
import type { Event, RecordedEvent } from '../domain/events.ts'
import { JournalCursors } from '../domain/JournalCursors.ts'
import { vectorOf } from '../domain/token.ts'
import { shownTo } from '../services/changes.ts'
import type { RequestContext } from './context.ts'
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

/** Those of the events that the viewer may see, as changes; each with the cursor that stands after it. */
export function changesFor(
  context: RequestContext,
  events: readonly RecordedEvent[],
  cursorOf: (event: RecordedEvent) => string,
): Change[] {
  const changes: Change[] = []
  for (const recorded of events) {
    const event = shownTo(context.viewer, recorded)
    if (event !== null) changes.push(changeOf(context, recorded, event, cursorOf))
  }
  return changes
}

function changeOf(
  context: RequestContext,
  recorded: RecordedEvent,
  event: Event,
  cursorOf: (event: RecordedEvent) => string,
): Change {
  const { stream, seq, meta } = recorded
  const { at, actor, cause } = meta
  let cursor: string | undefined
  let token: string | undefined
  return {
    stream,
    seq,
    at,
    actor,
    cause,
    event,
    // Signed only where they are asked for, and once.
    get cursor() {
      cursor ??= cursorOf(recorded)
      return cursor
    },
    get token() {
      token ??= context.token(vectorOf([stream, seq]))
      return token
    },
  }
}

/** The viewer's cursors; with the key of a filter, good for that filter alone. */
export const journalCursors = ({ gateway, viewer }: RequestContext, filter = ''): JournalCursors =>
  new JournalCursors(gateway.cursors, gateway.kept.epoch, viewer.tenant, filter)
