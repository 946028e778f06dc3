import { Counter, type Metric, type Registry } from 'prom-client'

/** How an operation ended: `ok`, or the code of its first error. */
export interface MeasuredOperation {
  readonly transport: 'http' | 'websocket' | 'sse'
  /** `refused`: a document that did not pass parsing, validation or the limits. */
  readonly kind: 'query' | 'mutation' | 'subscription' | 'refused'
  /** Chosen by the client: only so many are counted apart. */
  readonly label: string
  readonly outcome: string
  readonly seconds: number
}

/** Operations get a label of their own up to this many; what comes later is counted as "other". */
export const MAX_LABELS = 200

const BOUNDS = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

const DURATION = 'rollcall_operation_duration_seconds'

/** All operations of one transport, kind and label. */
interface Tally {
  readonly labels: { readonly transport: string; readonly kind: string; readonly operation: string }
  readonly outcomes: Map<string, number>
  /** How many took at most BOUNDS[i] seconds, and more than the bound before it. */
  readonly buckets: number[]
  seconds: number
  count: number
}

/**
 * Counts operations and how long they took. prom-client looks labels up and checks them at each observation, which costs a
 * simple query several percent of its time; here it is shown the sums when somebody looks.
 */
export class OperationTallies {
  readonly #tallies = new Map<string, Tally>()
  readonly #labels = new Set<string>()

  constructor(registry: Registry) {
    const tallies = this.#tallies
    new Counter({
      name: 'rollcall_operations_total',
      help: 'GraphQL operations by kind, name and outcome (ok, or the code of the first error).',
      labelNames: ['transport', 'kind', 'operation', 'outcome'] as const,
      registers: [registry],
      collect() {
        this.reset()
        for (const { labels, outcomes } of tallies.values()) {
          for (const [outcome, count] of outcomes) this.inc({ ...labels, outcome }, count)
        }
      },
    })
    registry.registerMetric(histogramOf(tallies) as unknown as Metric)
  }

  add({ transport, kind, label, outcome, seconds }: MeasuredOperation): void {
    const operation = this.#bounded(label)
    const key = `${transport} ${kind} ${operation}`
    let tally = this.#tallies.get(key)
    if (tally === undefined) {
      const labels = { transport, kind, operation }
      tally = { labels, outcomes: new Map(), buckets: BOUNDS.map(() => 0), seconds: 0, count: 0 }
      this.#tallies.set(key, tally)
    }
    tally.outcomes.set(outcome, (tally.outcomes.get(outcome) ?? 0) + 1)
    tally.seconds += seconds
    tally.count += 1
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound)
    if (bucket >= 0) tally.buckets[bucket] = (tally.buckets[bucket] ?? 0) + 1
  }

  #bounded(label: string): string {
    if (this.#labels.has(label)) return label
    if (this.#labels.size >= MAX_LABELS) return 'other'
    this.#labels.add(label)
    return label
  }
}

/** What the registry asks of a metric; its own type knows only prom-client's classes. */
const histogramOf = (tallies: ReadonlyMap<string, Tally>) => ({
  name: DURATION,
  get: async () => ({
    name: DURATION,
    help: 'Time from a complete request to its answer; of a subscription, to its start.',
    type: 'histogram',
    aggregator: 'sum',
    values: [...tallies.values()].flatMap(samplesOf),
  }),
})

function samplesOf({ labels, buckets, seconds, count }: Tally) {
  let below = 0
  const cumulative = buckets.map((inBucket, i) => {
    below += inBucket
    return { metricName: `${DURATION}_bucket`, labels: { ...labels, le: BOUNDS[i] ?? '+Inf' }, value: below }
  })
  return [
    ...cumulative,
    { metricName: `${DURATION}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${DURATION}_sum`, labels, value: seconds },
    { metricName: `${DURATION}_count`, labels, value: count },
  ]
}
