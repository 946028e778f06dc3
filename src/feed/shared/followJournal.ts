import type { RecordedEvent } from '../../domain/events.ts'
import type { LogReader } from '../../log/EventLog.ts'
import type { Applied, JournalReader, ViewWriter } from '../../views/ViewStore.ts'
import { applyEvents, SYNC_BATCH, type SyncEnd } from '../querySync.ts'

export interface FollowParts {
  readonly log: Pick<LogReader, 'read'>
  readonly kept: Pick<JournalReader, 'scan'>
  /** Of views that are not being loaded: while they are, their position says little. */
  readonly writer: ViewWriter
}

export interface FollowHooks {
  /** Asked before each batch: true ends the work there. */
  readonly stopped?: () => boolean
  readonly onApplied?: (applied: Applied, events: readonly RecordedEvent[]) => void
}

/**
 * Brings to views what is in the journal and not in them, since another generation was the first to apply it: the journal is to them
 * what a log with a total order is to others. `level`: they have all that was in it when the work began.
 */
export async function followJournal(
  { log, kept, writer }: FollowParts,
  { stopped = () => false, onApplied = () => {} }: FollowHooks = {},
): Promise<SyncEnd> {
  while (!stopped()) {
    const events = await kept.scan(await writer.position(), SYNC_BATCH)
    if (events.length === 0) return 'level'
    onApplied(await applyEvents(log, writer, events), events)
  }
  return 'stopped'
}
