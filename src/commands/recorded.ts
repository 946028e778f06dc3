import type { EventMeta, RecordedEvent } from '../domain/events.ts'
import type { Append } from '../ops/command.ts'

/** The events of an append as the log will have them, but for positions. */
export const recordedAppend = (
  { stream, expected, events }: Append,
  meta: EventMeta,
): readonly RecordedEvent[] =>
  events.map((event, n) => ({ stream, seq: expected + n + 1, position: 0, version: 1, meta, event }))

/** Of events in order the last one of each type. */
export const newestOfEach = (events: readonly RecordedEvent[]): readonly RecordedEvent[] => [
  ...new Map(events.map((event) => [event.event.type, event])).values(),
]
