import type { RecordedEvent } from '../domain/events.ts'
import { entityStream, type StreamName } from '../domain/streams.ts'
import type { LogReader } from '../log/EventLog.ts'
import type { ViewReader } from '../views/ViewStore.ts'
import { SYNC_BATCH } from './querySync.ts'

export interface EntityParts {
  readonly log: Pick<LogReader, 'readRanges'>
  readonly views: Pick<ViewReader, 'applied'>
}

/**
 * The events, and before them those that make known the users and groups that they are about and the views do not have, read from
 * the log. A log without a total order delivers a key or a member before the user or group it belongs to; told of one that nobody
 * finds, a follower would not see what it was told of (rule 4). What these very events make known is applied in the same transaction.
 */
export async function entitiesFirst(
  parts: EntityParts,
  events: readonly RecordedEvent[],
): Promise<readonly RecordedEvent[]> {
  const begun = new Set(events.filter(({ seq }) => seq === 1).map(({ stream }) => stream))
  const unknown = await unknownEntities(
    parts,
    events.map(({ stream }) => stream),
    begun,
  )
  return unknown.length === 0 ? events : [...unknown, ...events]
}

/** The events of the users and groups that these streams are about, where the views have none; but for those that are known anyway. */
export async function unknownEntities(
  { log, views }: EntityParts,
  streams: readonly StreamName[],
  known: ReadonlySet<StreamName> = new Set(),
): Promise<readonly RecordedEvent[]> {
  const entities = [...new Set(streams.flatMap((stream) => entityStream(stream) ?? []))].filter(
    (entity) => !known.has(entity),
  )
  if (entities.length === 0) return []
  const applied = await views.applied(entities)
  const unknown = entities.filter((_, i) => applied[i] === 0)
  if (unknown.length === 0) return []
  const pages = await log.readRanges(unknown.map((stream) => ({ stream, after: 0, limit: SYNC_BATCH })))
  return pages.flat()
}
