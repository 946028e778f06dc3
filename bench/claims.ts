import type { Rate } from './feed/deliveries.ts'
import type { FeedFinding } from './feed/measureFeed.ts'
import type { Findings } from './findings.ts'
import type { Rebuild } from './rebuild/rebuild.ts'
import type { RowName } from './rows.ts'
import { peerOf, type StackFinding } from './stack/measureStack.ts'
import type { Transfer } from './stack/sync.ts'

/** What we say of ourselves, and what this run found of it. */
export interface Claim {
  readonly text: string
  readonly figure: string
  /** Null where the run could not tell. */
  readonly met: boolean | null
}

/** Those of the parts that ran. */
export const claims = (findings: Findings): readonly Claim[] => [
  ...(findings.measurements.length > 0 ? ofOperations(findings) : []),
  ...(findings.feed === null ? [] : ofFeed(findings.feed)),
  ...(findings.rebuild === null ? [] : ofRebuild(findings.rebuild)),
  ...(findings.stack === null ? [] : ofStack(findings.stack)),
]

function ofOperations(findings: Findings): readonly Claim[] {
  const { smallest, largest } = findings
  const ours = (row: RowName, users = largest) => findings.of(row, users, 'rollcall')
  const ofBare = compare(ours('user(id)'), findings.of('user(id)', largest, 'bare'))
  const ofMercurius = compare(ours('user(id)'), findings.of('user(id)', largest, 'mercurius'))
  const written = compare(ours('createUser'), ours('user(id)'))
  const slowdown = (row: RowName, bound: number): Claim => {
    const { rate, figure } = compare(ours(row, smallest), ours(row, largest))
    return {
      text: `from ${whole(smallest)} to ${whole(largest)} users ${row} slows by at most ${bound} times`,
      figure,
      met: rate === null ? null : rate <= bound,
    }
  }
  const last = findings.directories.at(-1)
  return [
    atMost('the history of a real organisation imports in under 20 s', findings.history?.seconds, 20, 's'),
    atLeast('user(id) at 0.30 or more of the bare server', ofBare, 0.3),
    atLeast("user(id) at least at Mercurius' rate", ofMercurius, 1),
    atLeast('createUser, each one durable, at 0.30 or more of user(id)', written, 0.3),
    slowdown('user(id)', 1.3),
    slowdown('userByEmail', 1.3),
    slowdown('users(search)', 3),
    atMost(
      `${whole(largest)} users need less than 600 MB of memory`,
      megabytes(last?.memory?.rss),
      600,
      'MB',
    ),
    atMost(`the server is ready in 2 s over ${whole(largest)} users`, last?.secondsToReady, 2, 's'),
  ]
}

function ofFeed({ deliveries, elsewhere, idle }: FeedFinding): readonly Claim[] {
  const lone = deliveries.find(({ followers }) => followers === 1)
  const most = deliveries.at(-1)
  return [
    atLeast(
      `deliveries at 0.3 or more of the bare ws server's rate at ${whole(most?.followers ?? 0)} followers`,
      compare(most, most?.bare),
      0.3,
    ),
    atMost(
      `${whole(idle.followers)} idle followers in under 150 MB above the empty server`,
      idle.memory && megabytes(idle.memory.bytes - idle.memory.emptyBytes),
      150,
      'MB',
    ),
    atMost('median delivery within 20 ms of the acknowledged write', lone?.p50Ms, 20, 'ms'),
    atMost('the same for writes by another process', elsewhere.p50Ms, 20, 'ms'),
  ]
}

const ofRebuild = ({ events, seconds, requests, failed }: Rebuild): readonly Claim[] => [
  atLeast('a rebuild at 100,000 events/s or more', eventsPerSecond({ events, seconds }), 100_000),
  {
    text: 'with no failed request meanwhile',
    figure: `${failed} of ${whole(requests)}`,
    met: failed === 0,
  },
]

function ofStack(finding: StackFinding): readonly Claim[] {
  const ours = finding.measurements.find((each) => each.row === 'user(id)' && each.servers === 1)
  return [
    atLeast(
      "user(id) through PostgreSQL at twice PostGraphile's rate or more, process for process",
      compare(ours, peerOf(finding, 'user(id)')),
      2,
    ),
    atLeast(
      'views that are new filled at 5,000 events/s or more',
      eventsPerSecond(finding.sync.filled),
      5_000,
    ),
    atLeast('one synchroniser at 5,000 events/s or more', eventsPerSecond(finding.sync.live), 5_000),
  ]
}

const eventsPerSecond = ({ events, seconds }: Pick<Transfer, 'events' | 'seconds'>): Comparison => ({
  rate: events / seconds,
  figure: `${whole(events / seconds)} events/s`,
})

interface Comparison {
  /** How many times the second's rate the first one's is. */
  readonly rate: number | null
  readonly figure: string
}

/** CPU time is what a busy machine blurs least, so it is told beside: the second's, in the first's. */
function compare(a: Rate | undefined, b: Rate | undefined): Comparison {
  if (a === undefined || b === undefined) return { rate: null, figure: '' }
  const rate = a.perSecond / b.perSecond
  const byCpu =
    a.cpuMicros === null || b.cpuMicros === null
      ? ''
      : ` (by CPU ${(b.cpuMicros / a.cpuMicros).toFixed(2)} ×)`
  return { rate, figure: `${rate.toFixed(2)} ×${byCpu}` }
}

const atLeast = (text: string, { rate, figure }: Comparison, bound: number): Claim => ({
  text,
  figure,
  met: rate === null ? null : rate >= bound,
})

const atMost = (text: string, value: number | null | undefined, bound: number, unit: string): Claim =>
  value == null
    ? { text, figure: '', met: null }
    : { text, figure: `${value < 100 ? value.toFixed(1) : whole(value)} ${unit}`, met: value <= bound }

const whole = (value: number): string => Math.round(value).toLocaleString('en')
const megabytes = (bytes: number | undefined): number | null =>
  bytes === undefined ? null : bytes / 1_000_000
