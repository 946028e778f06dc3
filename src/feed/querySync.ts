import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RecordedEvent } from '../domain/events.ts'
import type { StreamName } from '../domain/streams.ts'
import type { LogReader, OrderedLogReader } from '../log/EventLog.ts'
import type { Applied, ViewWriter } from '../views/ViewStore.ts'

/** Events in one transaction of the views: large enough to be quick, small enough that nobody waits long behind one. */
export const SYNC_BATCH = 2_000
/** In a load, where nobody waits: what changes an entity again is likelier to be in the same batch, and it is written once. */
const LOAD_BATCH = 50_000
/** To catch up with fewer, no load is begun. */
const MIN_LOAD = 20_000

/** What gaps are filled from. */
type StreamReader = Pick<LogReader, 'read'>

export interface SyncOptions {
  readonly batch?: number
  /** Asked before each batch: true ends the work there. */
  readonly stopped?: () => boolean
  /** Called after each batch that the views have committed; the next one waits for its promise. */
  readonly onBatch?: (batch: SyncedBatch) => void | Promise<void>
  /** Called after each step to the end of a load, with the share of the steps that are done, 0 to 1. */
  readonly onFinish?: (share: number) => void
}

export interface SyncedBatch {
  /** Where the views were when the events were read. */
  readonly after: number
  /** None in a load: there they are many, and none of them is kept. */
  readonly events: readonly RecordedEvent[]
  readonly applied: Applied
  /** These were the last events of the log when they were read, and the views are good to be read. */
  readonly level: boolean
}

/** `level`: a scan reached the end of the log, so the views have every event that was in it when the work began. */
export type SyncEnd = 'level' | 'stopped'

/**
 * Takes events from a log with a total order to the views, from the views' own position until they are level. The views decide
 * what is new (rule 3), so any number of these may run at once, and one that was killed is simply started again. A stream in
 * quarantine does not stop it (rule 10). Empty views that have a long log before them are loaded; they are not level before that is
 * finished.
 */
export async function querySync(
  log: OrderedLogReader,
  views: ViewWriter,
  options: SyncOptions = {},
): Promise<SyncEnd> {
  await beginLoadIfLong(log, views)
  for (;;) {
    if (options.stopped?.()) return 'stopped'
    const isLoading = await views.isLoading()
    const limit = options.batch ?? (isLoading ? LOAD_BATCH : SYNC_BATCH)
    const after = await views.position()
    const { count, events, kept } = await read(log, { after, limit, isLoading })
    const level = count < limit
    if (count > 0) {
      const applied = await applyEvents(log, views, events)
      await options.onBatch?.({ after, events: kept, applied, level: level && !isLoading })
    }
    if (level && !isLoading) return 'level'
    if (!level) continue
    const share = await views.finishLoad()
    options.onFinish?.(share)
    // Where the engine is synchronous, nothing else has had a turn.
    await nextTurn()
  }
}

interface Found {
  readonly count: number
  readonly events: Iterable<RecordedEvent>
  readonly kept: readonly RecordedEvent[]
}

/** In a load none is kept: they are read while they are applied. */
async function read(
  log: OrderedLogReader,
  { after, limit, isLoading }: { after: number; limit: number; isLoading: boolean },
): Promise<Found> {
  if (isLoading) {
    const count = Math.min((await log.position()) - after, limit)
    return { count, events: log.scanLazily(after, count), kept: [] }
  }
  const events = await log.scan(after, limit)
  return { count: events.length, events, kept: events }
}

async function beginLoadIfLong(log: OrderedLogReader, views: ViewWriter): Promise<void> {
  const isLong = (await views.position()) === 0 && (await log.position()) >= MIN_LOAD
  if (isLong) await views.beginLoad()
}

/**
 * Applies events as they were delivered, in any order and any number of times. Where one arrives before those that precede it
 * in its stream, the missing ones are read from the log and applied first.
 */
export async function applyEvents(
  log: StreamReader,
  views: Pick<ViewWriter, 'apply'>,
  events: Iterable<RecordedEvent>,
): Promise<Applied> {
  let total = await views.apply(events)
  const newest = total.gaps.length === 0 ? NONE : newestSeqs(events)
  for (const { stream, applied } of total.gaps) {
    // It may have been filled by an event that came later in the same batch.
    if ((newest.get(stream) ?? 0) <= applied) continue
    const filled = await syncStream(log, views, stream, applied)
    if (filled === null) throw new LogHole(stream, applied)
    total = add(total, filled)
  }
  return { ...total, gaps: [] }
}

const NONE: ReadonlyMap<StreamName, number> = new Map()

function newestSeqs(events: Iterable<RecordedEvent>): ReadonlyMap<StreamName, number> {
  const newest = new Map<StreamName, number>()
  for (const { stream, seq } of events) newest.set(stream, Math.max(seq, newest.get(stream) ?? 0))
  return newest
}

/**
 * Applies one stream's events with seq > after, read from the log, to its end. Null if there were none. Rejects with `LogHole`
 * if the log does not have the very next one.
 */
export async function syncStream(
  log: StreamReader,
  views: Pick<ViewWriter, 'apply'>,
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
