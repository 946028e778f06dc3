import type { RecordedEvent } from '../domain/events.ts'
import type { TenantId } from '../domain/streams.ts'

/** Changes that followers read at once. */
export const PAGE = 500

/** A page of the tenant's journal after a position: see Journal. */
export type ReadPage = (
  tenant: TenantId,
  after: number,
  limit: number,
) => Promise<{ readonly events: readonly RecordedEvent[]; readonly position: number }>
