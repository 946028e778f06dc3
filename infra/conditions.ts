import { Duration } from 'aws-cdk-lib'
import { type IMetric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { HttpCodeTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import type { Carrier } from './carrier.ts'
import { gatewayMetric } from './collector.ts'
import type { EventStream } from './eventStream.ts'
import type { ExternalEvents } from './externalEvents.ts'
import type { Gateways } from './gateways.ts'
import type { Log } from './log.ts'
import type { Synchronisers } from './synchronisers.ts'
import type { Views } from './views.ts'

/** Something that is not in order. */
export interface Condition {
  /** By the minute. */
  readonly metric: IMetric
  readonly is: 'above' | 'below'
  readonly limit: number
  /** So many in a row. */
  readonly minutes: number
  /** Where there is no value: 'is fine' unless said otherwise. */
  readonly silence?: 'is fine' | 'is not'
  /** What it means, and where to look. */
  readonly about: string
}

type Conditions = Readonly<Record<string, Condition>>

const MINUTE = Duration.minutes(1)
const SUM = { period: MINUTE, statistic: Stats.SUM }
const MAX = { period: MINUTE, statistic: Stats.MAXIMUM }
const GIB = 2 ** 30

export const ofGateways = ({ targets }: Gateways): Conditions => ({
  ViewsBehind: {
    metric: gatewayMetric('rollcall_view_lag_seconds', MAX),
    ...{ is: 'above', limit: 30, minutes: 3, silence: 'is not' },
    about:
      'The views are behind the log, or no gateway says how far: look at the relay, then at the synchronisers.',
  },
  Quarantine: {
    metric: gatewayMetric('rollcall_quarantined_streams', MAX),
    ...{ is: 'above', limit: 0, minutes: 1 },
    about: 'The views of some streams are stuck at an event that cannot be applied; all others go on.',
  },
  GatewayNotReady: {
    metric: targets.metrics.unhealthyHostCount(MAX),
    ...{ is: 'above', limit: 0, minutes: 5 },
    about: 'A gateway is not ready: its /readyz says what is amiss.',
  },
  GatewayErrors: {
    metric: targets.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, SUM),
    ...{ is: 'above', limit: 10, minutes: 3 },
    about: 'Gateways answer with 5xx: their logs have the request ids.',
  },
})

/** Nothing else tells of them: a gateway does not know what nobody brings it, and the transform reads the stream as well. */
export const ofSynchronisers = ({ services }: Synchronisers): Conditions =>
  Object.fromEntries(
    services.map((service, n) => [
      services.length === 1 ? 'SynchronisersAway' : `Synchroniser${n + 1}Away`,
      {
        metric: service.metricCpuUtilization({ period: MINUTE, statistic: Stats.SAMPLE_COUNT }),
        ...{ is: 'below', limit: 1, minutes: 5, silence: 'is not' },
        about:
          'No synchroniser runs in this service: what a gateway had no time to show waits for one. Their log says why they end.',
      },
    ]),
  )

/** `lack`: who misses what it gives up, and until when. */
export const ofCarrier = (
  name: string,
  { function: carrier, givenUp }: Carrier,
  lack: string,
): Conditions => ({
  [`${name}GivenUp`]: {
    metric: givenUp.metricApproximateNumberOfMessagesVisible(MAX),
    ...{ is: 'above', limit: 0, minutes: 1 },
    about: `Records were given up. ${lack}; the queue says when it was.`,
  },
  [`${name}Late`]: {
    metric: carrier.metric('IteratorAge', MAX),
    ...{ is: 'above', limit: 60_000, minutes: 3 },
    about: 'Records wait for more than a minute before they are carried. After 12 hours they are given up.',
  },
  [`${name}Failing`]: {
    metric: carrier.metricErrors(SUM),
    ...{ is: 'above', limit: 0, minutes: 5 },
    about: 'The function breaks, again and again.',
  },
  [`${name}Throttled`]: {
    metric: carrier.metricThrottles(SUM),
    ...{ is: 'above', limit: 0, minutes: 5 },
    about: 'The account has no concurrency left for the function.',
  },
})

export const ofEvents = (name: string, { stream }: EventStream): Conditions => ({
  [`${name}Refused`]: {
    metric: stream.metricWriteProvisionedThroughputExceeded(SUM),
    ...{ is: 'above', limit: 0, minutes: 5 },
    about:
      'The stream takes less than comes: its shards divide in some minutes, unless one partition key is it all.',
  },
  [`${name}ReadLate`]: {
    metric: stream.metricGetRecordsIteratorAgeMilliseconds(MAX),
    ...{ is: 'above', limit: 60_000, minutes: 3 },
    about: 'Whoever reads the stream is more than a minute behind.',
  },
})

export const ofExternalEvents = ({ held }: ExternalEvents): Conditions => ({
  ExternalEventsHeld: {
    metric: held.with(SUM),
    ...{ is: 'above', limit: 0, minutes: 1 },
    about:
      "Nothing more of some streams is told to others: the function's log says of which and why. Is it older than the gateways?",
  },
})

export const ofLog = ({ table }: Log): Conditions => ({
  LogWritesThrottled: {
    metric: table.metric('WriteThrottleEvents', SUM),
    ...{ is: 'above', limit: 0, minutes: 3 },
    about:
      'A partition has more to write than it may: is one stream hot, or the load twice its highest of before?',
  },
  LogReadsThrottled: {
    metric: table.metric('ReadThrottleEvents', SUM),
    ...{ is: 'above', limit: 0, minutes: 3 },
    about: 'A partition has more to read than it may: does somebody read the same stream again and again?',
  },
})

export const ofViews = ({ instance }: Views): Conditions => ({
  ViewsBusy: {
    metric: instance.metricCPUUtilization({ period: MINUTE }),
    ...{ is: 'above', limit: 80, minutes: 15 },
    about: 'PostgreSQL has little left: gateways can be added, it has to be made larger.',
  },
  ViewsFull: {
    metric: instance.metricFreeStorageSpace({ period: MINUTE }),
    ...{ is: 'below', limit: 20 * GIB, minutes: 5 },
    about: 'Storage grows by itself, every six hours at most: is an old generation of views still there?',
  },
  ViewsNotVacuumed: {
    metric: instance.metric('MaximumUsedTransactionIDs', MAX),
    ...{ is: 'above', limit: 1_000_000_000, minutes: 5 },
    about:
      'PostgreSQL does not get to freeze rows: is a transaction open somewhere? At 2 thousand million it stops.',
  },
})
