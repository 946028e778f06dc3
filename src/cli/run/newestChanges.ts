import { type ChangeFilter, passes } from '../../domain/changeFilter.ts'
import type { RecordedEvent } from '../../domain/events.ts'
import type { TenantId } from '../../domain/streams.ts'
import type { JournalReader } from '../../views/ViewStore.ts'

/** Positions that are looked at in one step. */
const WINDOW = 10_000
const PAGE = 1_000

export interface Wanted {
  readonly tenant: TenantId
  readonly filter: ChangeFilter
  readonly limit: number
  /** Up to here. */
  readonly position: number
}

/**
 * The newest changes that pass, the oldest of them first, and whether there are more. It goes back through the log step by step, and no
 * further than it must.
 */
export async function newestChanges(
  log: Pick<JournalReader, 'scanTenant'>,
  { tenant, filter, limit, position }: Wanted,
): Promise<{ readonly changes: readonly RecordedEvent[]; readonly more: boolean }> {
  const steps: RecordedEvent[][] = []
  let found = 0
  for (let end = position; end > 0 && found <= limit; end -= WINDOW) {
    const step = await passingIn(log, tenant, filter, Math.max(0, end - WINDOW), end)
    steps.unshift(step)
    found += step.length
  }
  return { changes: steps.flat().slice(Math.max(0, found - limit)), more: found > limit }
}

async function passingIn(
  log: Pick<JournalReader, 'scanTenant'>,
  tenant: TenantId,
  filter: ChangeFilter,
  after: number,
  end: number,
): Promise<RecordedEvent[]> {
  const passing: RecordedEvent[] = []
  for (let at = after; at < end; ) {
    const page = await log.scanTenant(tenant, at, Math.min(PAGE, end - at))
    for (const change of page) if (change.position <= end && passes(filter, change)) passing.push(change)
    at = page.at(-1)?.position ?? end
  }
  return passing
}
