import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Feed } from '../feed/Feed.ts'
import type { Gateway } from '../graphql/context.ts'
import { feedMetrics } from './feedMetrics.ts'
import { logMetrics } from './logMetrics.ts'
import { type MeasuredOperation, OperationTallies } from './operationTallies.ts'

/** What the server counts. The registry is its own, so that several servers of one process do not mix. */
export interface Metrics {
  readonly registry: Registry
  /** For the gateway: counts commits, and tells the feed of each, so that nobody waits for its next look. */
  readonly observer: Gateway['observer']
  operation(operation: MeasuredOperation): void
  /** Somebody was not let in. */
  refused(code: string): void
  readonly connections: { inc(): void; dec(): void }
  readonly eventStreams: { inc(): void; dec(): void }
  readonly subscriptions: { inc(): void; dec(): void }
  /** Adds a source of bytes that wait to be read by clients; it is asked when somebody looks. */
  unread(bytes: () => number): void
  /** Adds a source of subscriptions that wait to be admitted. */
  waiting(subscriptions: () => number): void
}

/** `logRetries`: how often the log has made requests again so far, by reason. */
export function createMetrics(feed: Feed, logRetries: ReadonlyMap<string, number> = new Map()): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 })
  feedMetrics(feed, registry)
  logMetrics(logRetries, registry)

  const operations = new OperationTallies(registry)
  const refusals = new Counter({
    name: 'rollcall_auth_refusals_total',
    help: 'Requests and connections that were not let in, by error code.',
    labelNames: ['code'] as const,
    registers,
  })
  function summed(name: string, help: string): (source: () => number) => void {
    const sources: (() => number)[] = []
    const collect = function (this: Gauge) {
      this.set(sources.reduce((sum, source) => sum + source(), 0))
    }
    new Gauge({ name, help, registers, collect })
    return (source) => sources.push(source)
  }
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })

  return {
    registry,
    observer: commandObserver(feed, registry),
    unread: summed('rollcall_unread_bytes', 'Bytes in this process that wait to be read by followers.'),
    waiting: summed('rollcall_subscriptions_waiting', 'Subscriptions that wait to be admitted.'),
    operation: (operation) => operations.add(operation),
    refused: (code) => refusals.inc({ code }),
    connections: gauge('rollcall_websocket_connections', 'Open WebSockets.'),
    eventStreams: gauge('rollcall_event_streams', 'Open streams of server-sent events.'),
    subscriptions: gauge('rollcall_subscriptions', 'Subscriptions that are running.'),
  }
}

function commandObserver(feed: Feed, registry: Registry): Gateway['observer'] {
  const counter = (name: string, help: string) => new Counter({ name, help, registers: [registry] })
  const commits = counter('rollcall_commits_total', 'Commits made durable by this process.')
  const events = counter('rollcall_events_appended_total', 'Events in those commits.')
  const conflicts = counter('rollcall_commit_conflicts_total', 'Commits that lost a race for a stream.')
  const retries = counter('rollcall_command_retries_total', 'Commands that were run again after a lost race.')
  return {
    committed(position, count) {
      commits.inc()
      events.inc(count)
      feed.notice(position)
    },
    conflict: () => conflicts.inc(),
    retried: () => retries.inc(),
  }
}
