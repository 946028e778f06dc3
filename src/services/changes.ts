import type { Event, RecordedEvent } from '../domain/events.ts'
import { may, type Viewer } from '../domain/viewer.ts'

/** What a follower is shown of an event; null where it is not for this viewer, is newer than this release, or cannot be read. */
export function shownTo(viewer: Viewer, { event }: RecordedEvent): Event | null {
  switch (event.type) {
    case 'Unknown':
    case 'SetTenant':
      return null
    case 'SetApiKey':
      return may(viewer, 'AUDIT_READ') ? event : null
    default:
      return event
  }
}
