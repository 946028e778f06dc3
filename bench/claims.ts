import type { Findings } from './findings.ts'
import type { Measurement } from './measure.ts'
import type { RowName } from './rows.ts'

/** What we say of ourselves, and what this run found of it. */
export interface Claim {
  readonly text: string
  readonly figure: string
  /** Null where the run could not tell. */
  readonly met: boolean | null
}

export function claims(findings: Findings): readonly Claim[] {
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

interface Comparison {
  /** How many times the second's requests per second the first answers. */
  readonly rate: number | null
  readonly figure: string
}

/** CPU time is what a busy machine blurs least, so it is told beside: the second's, in the first's. */
function compare(a: Measurement | undefined, b: Measurement | undefined): Comparison {
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
