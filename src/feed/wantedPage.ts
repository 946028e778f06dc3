import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RecordedEvent } from '../domain/events.ts'
import type { TenantId } from '../domain/streams.ts'
import type { Journal, JournalPage } from './journal.ts'

/** How many changes are looked at for one page. */
const MAX_LOOKED_AT = 10_000
const STEP = 500

export interface Wanted {
  readonly after: number
  /** How many at most. */
  readonly first: number
  readonly wants: (event: RecordedEvent) => boolean
}

/**
 * The next changes that are wanted. However few those are, it looks at a bounded number of changes: a page that is short or empty says
 * by its position how far it came, and the next one goes on from there.
 */
export async function wantedPage(
  journal: Pick<Journal, 'read'>,
  tenant: TenantId,
  { after, first, wants }: Wanted,
): Promise<JournalPage> {
  const events: RecordedEvent[] = []
  let position = after
  for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT && events.length < first; lookedAt += STEP) {
    const page = await journal.read(tenant, position, STEP)
    for (const event of page.events) {
      if (!wants(event)) continue
      events.push(event)
      if (events.length === first) return { events, position: event.position }
    }
    position = page.position
    if (page.events.length < STEP) break
    await nextTurn()
  }
  return { events, position }
}
