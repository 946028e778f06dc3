import { Counter, Gauge, type Registry } from 'prom-client'
import type { Feed, FeedStats } from '../feed/Feed.ts'

/** What the feed says of itself, asked when somebody looks. */
export function feedMetrics(feed: Feed, registry: Registry): void {
  const registers = [registry]
  const gauge = (name: string, help: string, read: (stats: FeedStats) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(feed.stats()))
      },
    })
  const counter = (name: string, help: string, read: (stats: FeedStats) => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(read(feed.stats()))
      },
    })

  gauge('rollcall_view_position', 'The place in the journal that the views have reached.', (s) => s.position)
  gauge('rollcall_log_position', 'The newest position of the log that was heard of.', (s) => s.logPosition)
  gauge(
    'rollcall_view_lag_seconds',
    'Since when the views are behind the log; 0 when they are level.',
    (s) => s.lagMs / 1_000,
  )
  gauge(
    'rollcall_quarantined_streams',
    'Streams whose views are stuck at an event that cannot be applied.',
    (s) => s.quarantinedStreams,
  )
  counter('rollcall_events_applied_total', 'Events that the views have applied.', (s) => s.appliedTotal)
  counter(
    'rollcall_events_duplicate_total',
    'Events that came again and were skipped.',
    (s) => s.duplicatesTotal,
  )
  counter(
    'rollcall_catch_ups_total',
    'Reads that had the views brought forward to a token.',
    (s) => s.catchUpsTotal,
  )
}
