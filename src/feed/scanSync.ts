import type { EventPage, LogReader } from '../log/EventLog.ts'
import type { ViewWriter } from '../views/ViewStore.ts'
import { attempting, type Patience } from './patience.ts'
import { applyEvents, type SyncEnd } from './querySync.ts'

/** Parts of the log that are scanned side by side. */
const PARTS = 4

export interface ScanOptions {
  /** Asked before each page: true ends the work there. */
  readonly stopped?: () => boolean
  /** Called after each page, with how many events of it the views have committed. */
  readonly onPage?: (events: number) => void
  /** With it, what passes by itself is waited out, page by page; without it, the first trouble ends the work. */
  readonly patience?: Patience | undefined
}

/**
 * Takes all events of any log to the views, in no order but that of each stream. When it says `level` the views have every event that
 * was in the log when it began, but for those of streams in quarantine; they may lack some that came since. Where it rejects, nothing
 * is being read or applied any more.
 */
export async function scanSync(
  log: Pick<LogReader, 'scanPart' | 'read'>,
  views: ViewWriter,
  { stopped = () => false, onPage = () => {}, patience }: ScanOptions = {},
): Promise<SyncEnd> {
  const failing = new AbortController()
  const attempt = attempting(
    patience && { ...patience, signal: AbortSignal.any([patience.signal, failing.signal]) },
  )

  async function scan(index: number): Promise<SyncEnd> {
    let after: string | null = null
    do {
      if (stopped() || failing.signal.aborted) return 'stopped'
      const place: string | null = after
      const read = (): Promise<EventPage> => log.scanPart({ index, of: PARTS }, place)
      const page = await attempt(read)
      if (page === null) return 'stopped'
      const { events, next } = page
      if (events.length > 0 && (await attempt(() => applyEvents(log, views, events))) === null)
        return 'stopped'
      onPage(events.length)
      after = next
    } while (after !== null)
    return 'level'
  }

  const ends = await Promise.all(
    Array.from({ length: PARTS }, (_, index) =>
      scan(index).catch((error: unknown): SyncEnd => {
        failing.abort(error)
        return 'stopped'
      }),
    ),
  )
  failing.signal.throwIfAborted()
  return ends.includes('stopped') ? 'stopped' : 'level'
}
