import { Field, ID, Int, ObjectType } from 'type-graphql'
import { DomainFailure } from '../domain/errors.ts'
import type { Event, RecordedEvent } from '../domain/events.ts'
import { vectorOf } from '../domain/token.ts'
import { journalCursor, journalPlace, shownTo } from '../services/changes.ts'
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

/** Those of the events that the viewer may see, as changes. */
export function changesFor(context: RequestContext, events: readonly RecordedEvent[]): Change[] {
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

export const cursorAt = ({ gateway, viewer }: RequestContext, position: number): string =>
  journalCursor(gateway.cursors, gateway.log.epoch, viewer.tenant, position)

export async function placeOf(
  { gateway, viewer }: RequestContext,
  cursor: string,
  head: number,
): Promise<number> {
  const oldest = await gateway.journal.oldest()
  const place = journalPlace(gateway.cursors, gateway.log.epoch, viewer.tenant, cursor, { oldest, head })
  if (!place.ok) throw new DomainFailure(place.error)
  return place.value
}
