import { faultOf, type RecordedEvent } from '../domain/events.ts'

/** The newest events of a head. Throws for one that no release can read: nobody is to decide as if it said nothing. */
export function decidable(latest: readonly RecordedEvent[]): readonly RecordedEvent[] {
  for (const event of latest) {
    const fault = faultOf(event)
    if (fault !== null) throw new Error(`event ${event.seq} of ${event.stream} cannot be read: ${fault}`)
  }
  return latest
}
