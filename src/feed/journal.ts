import type { RecordedEvent } from '../domain/events.ts'
import type { TenantId } from '../domain/streams.ts'
import type { JournalReader } from '../views/ViewStore.ts'
import { Bell } from './Bell.ts'
import type { Feed } from './Feed.ts'
import { SharedPages } from './SharedPages.ts'
import { type JournalMessage, type TailOptions, tail } from './tail.ts'

/**
 * The journal is the tenant's total order as the views applied it (rule 4). Nothing is told before the views have it, so
 * whoever hears of a change and then queries, sees it.
 */
export interface Journal {
  /**
   * The tenant's changes after a position, at most `limit` (1 or more), in order. An empty or short page is no mistake: its
   * position says how far it has looked, and reading goes on from there.
   */
  read(tenant: TenantId, after: number, limit: number): Promise<JournalPage>
  /** The position of now: every change up to it can be read, every later change comes after it. */
  head(tenant: TenantId): Promise<number>
  /** The last position that any server may have told of, at or after `head`: the views of this one may yet have to get there. */
  end(tenant: TenantId): Promise<number>
  /** Only a place at or after this position is still good to begin from; never after the head. Who reads on already is not cut off. */
  oldest(): Promise<number>
  /**
   * The changes from a position, for ever: see tail.ts. Ends when the signal aborts or the feed is closed, and rejects where a
   * read does; the caller may then start again from the last position it was told.
   */
  tail(tenant: TenantId, after: number, options: TailOptions): AsyncIterable<JournalMessage>
}

export interface JournalPage {
  readonly events: readonly RecordedEvent[]
  /** There is no change of this tenant after the last event and up to here. Never before `after`. */
  readonly position: number
}

export interface JournalOptions {
  /** Milliseconds; null: for ever. The log keeps everything in any case: audit, history and the past do not end here. */
  readonly retentionMs?: number | null
}

/**
 * The journal as it is kept somewhere (see `JournalReader`), cut at the position of the feed's views: another generation may be
 * ahead of them.
 *
 * Where it is the log's own order, a quarantined stream (rules 10 and 14) does not hold the position back, so its events are
 * published although the views do not show them. They are durable, and held back they could never be told later at their place.
 * The change's own token says what the views lack: a read with it answers VIEW_BEHIND, never stale rows.
 */
export function openJournal(
  kept: JournalReader,
  feed: Feed,
  { retentionMs = null }: JournalOptions = {},
): Journal {
  const pages = new SharedPages<JournalPage>()

  /** A page is the same for all who ask for it, for ever: a journal only grows. */
  const read = (tenant: TenantId, after: number, limit: number): Promise<JournalPage> => {
    const visible = feed.position
    if (visible <= after) return Promise.resolve({ events: [], position: after })
    const key = `${tenant} ${after} ${limit} ${visible}`
    return pages.get(key, async () => {
      const found = await kept.scanTenant(tenant, after, limit)
      const events = found.filter((event) => event.position <= visible)
      const isFull = events.length === limit
      return { events, position: isFull ? (events.at(-1)?.position ?? after) : visible }
    })
  }

  const bell = new Bell(feed, read)
  return {
    read,
    head: () => Promise.resolve(feed.position),
    end: async () => Math.max(await kept.position(), feed.position),
    oldest: async () =>
      retentionMs === null ? 0 : Math.min(await kept.positionAt(Date.now() - retentionMs), feed.position),
    tail: (tenant, after, options) => tail({ read, bell }, tenant, after, options),
  }
}
