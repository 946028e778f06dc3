import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Feed } from '../feed/Feed.ts'
import type { Gateway } from '../graphql/context.ts'
import { feedMetrics } from './feedMetrics.ts'

/** How an operation ended: `ok`, or the code of its first error. */
export interface MeasuredOperation {
  readonly transport: 'http' | 'websocket'
  /** `refused`: a document that did not pass parsing, validation or the limits. */
  readonly kind: 'query' | 'mutation' | 'subscription' | 'refused'
  /** Chosen by the client: see MAX_LABELS. */
  readonly label: string
  readonly outcome: string
  readonly seconds: number
}

/** What the server counts. The registry is its own, so that several servers of one process do not mix. */
export interface Metrics {
  readonly registry: Registry
  /** For the gateway: counts commits, and tells the feed of each, so that nobody waits for its next look. */
  readonly observer: Gateway['observer']
  operation(operation: MeasuredOperation): void
  /** Somebody was not let in. */
  refused(code: string): void
  readonly connections: { inc(): void; dec(): void }
  readonly subscriptions: { inc(): void; dec(): void }
}

/** Operations get a label of their own up to this many; what comes later is counted as "other". */
export const MAX_LABELS = 200

const BUCKETS = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

export function createMetrics(feed: Feed): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 })
  feedMetrics(feed, registry)

  const operations = new Counter({
    name: 'rollcall_operations_total',
    help: 'GraphQL operations by kind, name and outcome (ok, or the code of the first error).',
    labelNames: ['transport', 'kind', 'operation', 'outcome'] as const,
    registers,
  })
  const durations = new Histogram({
    name: 'rollcall_operation_duration_seconds',
    help: 'Time from a complete request to its answer, of queries and mutations.',
    labelNames: ['kind', 'operation'] as const,
    buckets: BUCKETS,
    registers,
  })
  const refusals = new Counter({
    name: 'rollcall_auth_refusals_total',
    help: 'Requests and connections that were not let in, by error code.',
    labelNames: ['code'] as const,
    registers,
  })
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  const labels = new Set<string>()

  function bounded(label: string): string {
    if (labels.has(label)) return label
    if (labels.size >= MAX_LABELS) return 'other'
    labels.add(label)
    return label
  }

  return {
    registry,
    observer: commandObserver(feed, registry),
    operation({ transport, kind, label, outcome, seconds }) {
      const operation = bounded(label)
      operations.inc({ transport, kind, operation, outcome })
      if (kind === 'query' || kind === 'mutation') durations.observe({ kind, operation }, seconds)
    },
    refused: (code) => refusals.inc({ code }),
    connections: gauge('rollcall_websocket_connections', 'Open WebSockets.'),
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
