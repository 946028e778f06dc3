import type { CursorCodec } from '../domain/cursor.ts'
import { type DomainError, domainError } from '../domain/errors.ts'
import type { Event, RecordedEvent } from '../domain/events.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { TenantId } from '../domain/streams.ts'
import { may, type Viewer } from '../domain/viewer.ts'

/** What a follower is shown of an event; null where it is not for this viewer, or is newer than this release. */
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

const SCOPE = 'journal'

/** A place in a tenant's journal as an opaque cursor (rule 7). */
export const journalCursor = (
  cursors: CursorCodec,
  epoch: string,
  tenant: TenantId,
  position: number,
): string => cursors.encode(tenant, SCOPE, [epoch, position])

/** BAD_CURSOR where it is none of ours or past the journal's head; CURSOR_EXPIRED where it is of another epoch or past retention. */
export function journalPlace(
  cursors: CursorCodec,
  epoch: string,
  tenant: TenantId,
  cursor: string,
  { oldest, head }: { readonly oldest: number; readonly head: number },
): Result<number, DomainError> {
  const decoded = cursors.decode(tenant, SCOPE, cursor)
  if (!decoded.ok) return decoded
  const [ofEpoch, position] = decoded.value as [string, number]
  if (ofEpoch !== epoch) {
    return err(
      domainError(
        'CURSOR_EXPIRED',
        'The cursor is of another epoch of the log, which was restored since: start from a fresh copy',
        {
          why: 'epoch',
        },
      ),
    )
  }
  if (position < oldest) {
    return err(
      domainError(
        'CURSOR_EXPIRED',
        'The cursor is older than the journal is kept to be followed from: start from a fresh copy',
        { why: 'retention' },
      ),
    )
  }
  if (position > head) {
    return err(domainError('BAD_CURSOR', 'The cursor is past the end of the journal', { why: 'ahead' }))
  }
  return ok(position)
}
