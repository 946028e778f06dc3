import { setTimeout as sleep } from 'node:timers/promises'
import type { RecordedEvent } from '../domain/events.ts'
import type { StreamName } from '../domain/streams.ts'
import type { VerifyContext } from './context.ts'
import type { Difference } from './problems.ts'

const LOOK_MS = 20

/** How far the views have come with a stream. */
export interface Standing {
  readonly stream: StreamName
  readonly applied: number
  /** The stream's last seq in the log. */
  readonly head: number
  /** The event after `applied`; undefined at the end of the stream. */
  readonly next: RecordedEvent | undefined
}

export const standingOf = (
  stream: StreamName,
  applied: number,
  events: readonly RecordedEvent[],
): Standing => ({ stream, applied, head: events.length, next: events[applied] })

/**
 * Whether the views stand where they may in each stream. Behind its end is right as long as their position is before the event
 * that comes next; past it, that event was skipped. `position` was read before `applied`.
 */
export async function checkStanding(
  context: VerifyContext,
  position: number,
  standings: readonly Standing[],
): Promise<readonly Difference[]> {
  const wrong: Difference[] = []
  for (const { stream, applied, head, next } of standings) {
    if (applied === head) continue
    const seqs = { stream, log: head, view: applied }
    if (applied > head) wrong.push({ ...seqs, what: 'seq (the views are ahead of the log)' })
    else if (next === undefined || next.position > position) context.tally.behind += 1
    else if (await staysBehind(context, stream, applied))
      wrong.push({ ...seqs, what: 'seq (events were skipped)' })
  }
  return wrong
}

/** A log with a total order leaves no doubt; else the stream has until the deadline to move. A quarantined one stands still by right. */
async function staysBehind(
  { log, views, quarantined, deadlineMs }: VerifyContext,
  stream: StreamName,
  applied: number,
): Promise<boolean> {
  const deadline = performance.now() + (log.capabilities.totalOrder ? 0 : deadlineMs)
  for (;;) {
    const [seq = 0] = await views.applied([stream])
    if (seq > applied || (await quarantined()).has(stream)) return false
    if (performance.now() >= deadline) return true
    await sleep(LOOK_MS)
  }
}
