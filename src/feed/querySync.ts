import type { RecordedEvent } from '../domain/events.ts'
import type { StreamName } from '../domain/streams.ts'
import type { LogReader } from '../log/EventLog.ts'
import type { Applied, ViewWriter } from '../views/ViewStore.ts'

/** Events in one transaction of the views: large enough to be quick, small enough that nobody waits long behind one. */
export const SYNC_BATCH = 2_000

export interface SyncOptions {
  readonly batch?: number
  /** Asked before each batch: true ends the work there. */
  readonly stopped?: () => boolean
  /** Called after each batch that the views have committed; the next one waits for its promise. */
  readonly onBatch?: (batch: SyncedBatch) => void | Promise<void>
}

export interface SyncedBatch {
  /** Where the views were when the events were read. */
  readonly after: number
  readonly events: readonly RecordedEvent[]
  readonly applied: Applied
  /** These were the last events of the log when they were read. */
  readonly level: boolean
}

/** `level`: a scan reached the end of the log, so the views have every event that was in it when the work began. */
export type SyncEnd = 'level' | 'stopped'

/**
 * Takes events from a log with a total order to the views, from the views' own position until they are level. The views decide
 * what is new (rule 3), so any number of these may run at once, and one that was killed is simply started again. A stream in
 * quarantine does not stop it (rule 10).
 */
export async function querySync(
  log: LogReader,
  views: ViewWriter,
  options: SyncOptions = {},
): Promise<SyncEnd> {
  const limit = options.batch ?? SYNC_BATCH
  for (;;) {
    if (options.stopped?.()) return 'stopped'
    const after = await views.position()
    const events = await log.scan(after, limit)
    const level = events.length < limit
    if (events.length > 0) {
      const applied = await applyEvents(log, views, events)
      await options.onBatch?.({ after, events, applied, level })
    }
    if (level) return 'level'
  }
}

/**
 * Applies events as they were delivered, in any order and any number of times. Where one arrives before those that precede it
 * in its stream, the missing ones are read from the log and applied first.
 */
export async function applyEvents(
  log: LogReader,
  views: ViewWriter,
  events: readonly RecordedEvent[],
): Promise<Applied> {
  let total = await views.apply(events)
  for (const { stream, applied } of total.gaps) {
    // It may have been filled by an event that came later in the same batch.
    if (!events.some((event) => event.stream === stream && event.seq > applied)) continue
    const filled = await syncStream(log, views, stream, applied)
    if (filled === null) throw new LogHole(stream, applied)
    total = add(total, filled)
  }
  return { ...total, gaps: [] }
}

/**
 * Applies one stream's events with seq > after, read from the log, to its end. Null if there were none. Rejects with `LogHole`
 * if the log does not have the very next one.
 */
export async function syncStream(
  log: LogReader,
  views: ViewWriter,
  stream: StreamName,
  after: number,
  batch = SYNC_BATCH,
): Promise<Applied | null> {
  let total: Applied | null = null
  let read = after
  for (;;) {
    const events = await log.read(stream, read, batch)
    const [first] = events
    if (first === undefined) return total
    if (first.seq !== read + 1) throw new LogHole(stream, read)
    const applied = await views.apply(events)
    total = total === null ? applied : add(total, applied)
    if (events.length < batch) return total
    read += events.length
  }
}

/** The log lacks an event that it once had: its file is damaged. Views must not step over it (rule 3). */
export class LogHole extends Error {
  constructor(stream: StreamName, after: number) {
    super(`the log has no event ${after + 1} of ${stream}, although a later one was seen`)
    this.name = 'LogHole'
  }
}

const add = (a: Applied, b: Applied): Applied => ({
  position: Math.max(a.position, b.position),
  applied: a.applied + b.applied,
  duplicates: a.duplicates + b.duplicates,
  gaps: a.gaps,
  quarantined: [...a.quarantined, ...b.quarantined],
})
