import type { RecordedEvent } from '../domain/events.ts'
import { entityStream, type StreamName } from '../domain/streams.ts'
import type { LogReader } from '../log/EventLog.ts'
import type { Applied, ViewReader, ViewWriter } from '../views/ViewStore.ts'
import { applyEvents, SYNC_BATCH } from './querySync.ts'

export interface EntityParts {
  readonly log: Pick<LogReader, 'read' | 'readRanges'>
  readonly views: Pick<ViewReader, 'applied'>
  readonly writer: Pick<ViewWriter, 'apply'>
}

/**
 * Applies the events, and before them those that make known the users and groups that they are about and the views do not have, read
 * from the log. A log without a total order delivers a key or a member before the user or group it belongs to; told of one that nobody
 * finds, a follower would not see what it was told of (rule 4). What these very events make known is applied in the same transaction.
 */
export async function applyEntitiesFirst(
  parts: EntityParts,
  events: readonly RecordedEvent[],
  onApplied: (applied: Applied, events: readonly RecordedEvent[]) => void = () => {},
): Promise<void> {
  for (let i = 0; i < events.length; i += SYNC_BATCH) {
    const told = events.slice(i, i + SYNC_BATCH)
    const streams = told.map(({ stream }) => stream)
    const begun = new Set(streams.filter((_, at) => told[at]?.seq === 1))
    const batch = [...(await unknownEntities(parts, streams, begun)), ...told]
    onApplied(await applyEvents(parts.log, parts.writer, batch), batch)
  }
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
