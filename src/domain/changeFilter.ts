import type { RecordedEvent } from './events.ts'

/** Which changes are meant: those for which all of it holds. Null: any. Times are ISO 8601 UTC with milliseconds. */
export interface ChangeFilter {
  /** Of one of these users; a membership is of its user and of its group. */
  readonly userIds: readonly string[] | null
  readonly groupIds: readonly string[] | null
  /** Types of events. */
  readonly events: readonly string[] | null
  /** By one of these: an actor's kind, its id or its label. */
  readonly actors: readonly string[] | null
  readonly causes: readonly string[] | null
  /** At this time or later. */
  readonly since: string | null
  /** Before this time. */
  readonly until: string | null
}

export const ANY_CHANGE: ChangeFilter = {
  userIds: null,
  groupIds: null,
  events: null,
  actors: null,
  causes: null,
  since: null,
  until: null,
}

export function passes(filter: ChangeFilter, { event, meta }: RecordedEvent): boolean {
  const { kind, id, label } = meta.actor
  return (
    isOneOf(filter.userIds, 'userId' in event ? event.userId : null) &&
    isOneOf(filter.groupIds, 'groupId' in event ? event.groupId : null) &&
    isOneOf(filter.events, event.type) &&
    isOneOf(filter.actors, kind, id, label) &&
    isOneOf(filter.causes, meta.cause) &&
    (filter.since === null || meta.at >= filter.since) &&
    (filter.until === null || meta.at < filter.until)
  )
}

const isOneOf = (wanted: readonly string[] | null, ...values: readonly (string | null)[]): boolean =>
  wanted === null || values.some((value) => value !== null && wanted.includes(value))
