import type { RecordedEvent } from '../domain/events.ts'
import { groupStreams, type StreamName, userStreams } from '../domain/streams.ts'
import { vectorAt } from '../domain/token.ts'
import type { Viewer } from '../domain/viewer.ts'
import { findMembershipEvents, readRanges, type StreamRange } from '../ops/past.ts'
import { type Program, perform } from '../ops/program.ts'
import { getPosition, type PageArgs } from '../ops/query.ts'
import type { Page } from '../ops/rows.ts'
import type { Read } from './directory.ts'
import { requireScope } from './guard.ts'

/**
 * Every change of an entity, in the journal's order, up to a position that covers what the views show: so it has what is seen there, and
 * whoever reads them with its token sees what it has. A page costs as many events of each of the entity's streams as it has places,
 * however long the streams are. Needs AUDIT_READ.
 */

/** The user's own streams, and its memberships. */
export function* userHistory(
  viewer: Viewer,
  userId: string,
  page: PageArgs,
): Program<Read<Page<RecordedEvent>>> {
  yield* requireScope(viewer, 'AUDIT_READ')
  const { tenant } = viewer
  return yield* merged(userStreams(tenant, userId), yield* perform(findMembershipEvents(userId)), page)
}

/** The group's own stream, and its members. */
export function* groupHistory(
  viewer: Viewer,
  groupId: string,
  page: PageArgs,
): Program<Read<Page<RecordedEvent>>> {
  yield* requireScope(viewer, 'AUDIT_READ')
  const { tenant } = viewer
  return yield* merged(groupStreams(tenant, groupId), [], page)
}

/** How many events of each stream, and of `others`, came before: a place in the merged list. */
type Place = readonly number[]

function* merged(
  streams: readonly StreamName[],
  others: readonly StreamRange[],
  { first, after }: PageArgs,
): Program<Read<Page<RecordedEvent>>> {
  const place = (after as Place | null) ?? [...streams.map(() => 0), 0]
  const visible = yield* perform(getPosition)
  const next = others.slice(place.at(-1), (place.at(-1) ?? 0) + first + 1)
  const ranges = streams.map((stream, i) => ({ stream, after: place[i] ?? 0, limit: first + 1 }))
  const found = yield* perform(readRanges([...ranges, ...next]))
  const events = found
    .flatMap((ofRange, range) => ofRange.map((event) => ({ event, source: Math.min(range, streams.length) })))
    .filter(({ event }) => event.position <= visible)
    .sort((a, b) => a.event.position - b.event.position)
  const shown = events.slice(0, first)
  const counts = [...place]
  const cursors = shown.map(({ source }): Place => {
    counts[source] = (counts[source] ?? 0) + 1
    return [...counts]
  })
  const rows = shown.map(({ event }) => event)
  return { value: { rows, cursors, hasNextPage: events.length > first }, token: vectorAt(visible) }
}
