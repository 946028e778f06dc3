import { Duration } from 'aws-cdk-lib'
import { Dashboard, GraphWidget, type IMetric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { Operation } from 'aws-cdk-lib/aws-dynamodb'
import type { Construct } from 'constructs'
import type { Carrier } from './carrier.ts'
import { gatewayMetric } from './collector.ts'
import type { EventStream } from './eventStream.ts'
import type { ExternalEvents } from './externalEvents.ts'
import type { Gateways } from './gateways.ts'
import type { Log } from './log.ts'
import type { Views } from './views.ts'

export interface Shown {
  readonly log: Log
  readonly relay: Carrier
  readonly platformEvents: EventStream
  readonly externalEvents: ExternalEvents
  readonly views: Views
  readonly gateways: Gateways
}

const PERIOD = { period: Duration.minutes(1) }
const SUM = { ...PERIOD, statistic: Stats.SUM }
const MAX = { ...PERIOD, statistic: Stats.MAXIMUM }

/** The way of a change from left to right, how much above, how late below. */
export function showDashboard(
  scope: Construct,
  { log, relay, platformEvents, externalEvents, views, gateways }: Shown,
): Dashboard {
  const { table } = log
  const { stream } = platformEvents
  const { metrics } = gateways.targets
  const transaction = { Operation: Operation.TRANSACT_WRITE_ITEMS }
  const latency = (statistic: string) => metrics.targetResponseTime({ ...PERIOD, statistic })
  return new Dashboard(scope, 'Dashboard', {
    widgets: [
      [
        graph('Requests', metrics.requestCount(SUM), gatewayMetric('rollcall_commits_total', SUM)),
        graph(
          'Log: units',
          table.metricConsumedWriteCapacityUnits(SUM),
          table.metricConsumedReadCapacityUnits(SUM),
        ),
        graph(
          'Events',
          stream.metricIncomingRecords(SUM),
          stream.metricGetRecords(SUM),
          externalEvents.stream.metricIncomingRecords(SUM),
        ),
        graph(
          'PostgreSQL',
          views.instance.metricCPUUtilization(PERIOD),
          views.instance.metricDatabaseConnections(PERIOD),
        ),
      ],
      [
        graph(
          'Latency',
          latency('p50'),
          latency('p99'),
          table.metricSuccessfulRequestLatency({ ...PERIOD, dimensionsMap: transaction }),
        ),
        graph(
          'Refused',
          table.metric('WriteThrottleEvents', SUM),
          table.metric('TransactionConflict', SUM),
          stream.metricReadProvisionedThroughputExceeded(SUM),
        ),
        graph(
          'Age',
          relay.function.metric('IteratorAge', MAX),
          stream.metricGetRecordsIteratorAgeMilliseconds(MAX),
          externalEvents.transform.function.metric('IteratorAge', MAX),
        ),
        graph(
          'Views',
          gatewayMetric('rollcall_view_lag_seconds', MAX),
          gatewayMetric('rollcall_quarantined_streams', MAX),
        ),
      ],
    ],
  })
}

const graph = (title: string, ...left: readonly IMetric[]) =>
  new GraphWidget({ title, left: [...left], width: 6 })
