import { badInput, type DomainError } from './errors.ts'
import { EVENT_TYPES, type RecordedEvent } from './events.ts'
import { err, ok, type Result } from './result.ts'

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

export const MAX_FILTER_VALUES = 1_000

/** The changes that there are to be told of. */
export const FOLLOWED_EVENTS: readonly string[] = Object.keys(EVENT_TYPES).filter(
  (type) => type !== 'SetTenant',
)

/** BAD_USER_INPUT for an empty or very long list, an event that there is none of, and times that leave nothing. */
export function checkChangeFilter(filter: ChangeFilter): Result<ChangeFilter, DomainError> {
  const { since, until, ...lists } = filter
  for (const [name, values] of Object.entries(lists)) {
    if (values === null) continue
    const fault = faultIn(values)
    if (fault !== null) return err(badInput(`filter.${name}`, values, fault))
  }
  const stranger = lists.events?.find((name) => !FOLLOWED_EVENTS.includes(name))
  if (stranger !== undefined) {
    return err(badInput('filter.events', stranger, `must be one of ${FOLLOWED_EVENTS.join(', ')}`))
  }
  if (since !== null && until !== null && since >= until) {
    return err(badInput('filter.until', until, 'must be after filter.since'))
  }
  return ok(filter)
}

function faultIn(values: readonly string[]): string | null {
  if (values.length === 0) return 'must not be empty: leave it out to narrow nothing'
  return values.length > MAX_FILTER_VALUES ? `must have at most ${MAX_FILTER_VALUES} values` : null
}

/** The same for filters that let the same changes pass, whatever the order of their values. Empty where everything passes. */
export function filterKey(filter: ChangeFilter): string {
  const { userIds, groupIds, events, actors, causes, since, until } = filter
  const lists = [userIds, groupIds, events, actors, causes].map(
    (values) => values && [...new Set(values)].toSorted(),
  )
  const parts = [...lists, since, until]
  return parts.every((part) => part === null) ? '' : JSON.stringify(parts)
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
