import type { Findings } from './findings.ts'
import type { RowName } from './rows.ts'
import type { Contender } from './servers.ts'

/** What we say of ourselves, and what this run found of it. */
export interface Claim {
  readonly text: string
  readonly figure: string
  /** Null where the run could not tell. */
  readonly met: boolean | null
}

const MB = 1_000_000
const MAX_MEMORY = 600 * MB

export function claims(findings: Findings): readonly Claim[] {
  const { smallest, largest } = findings
  const rate = (row: RowName, users = largest, contender: Contender = 'rollcall') =>
    findings.of(row, users, contender)?.perSecond ?? null
  const cpu = (row: RowName, users: number) => findings.of(row, users, 'rollcall')?.cpuMicros ?? null
  const slowdown = (row: RowName, bound: number) => {
    const byRate = quotient(rate(row, smallest), rate(row, largest))
    const byCpu = quotient(cpu(row, largest), cpu(row, smallest))
    return {
      text: `from ${smallest.toLocaleString('en')} to ${largest.toLocaleString('en')} users ${row} slows by at most ${bound} times`,
      figure: `${times(byRate)}; CPU per request ${times(byCpu)}`,
      met: byRate === null ? null : byRate <= bound,
    }
  }
  const ofBare = quotient(rate('user(id)'), rate('user(id)', largest, 'bare'))
  const ofMercurius = quotient(rate('user(id)'), rate('user(id)', largest, 'mercurius'))
  const written = quotient(rate('createUser'), rate('user(id)'))
  const memory = findings.directories.at(-1)?.memory?.rss ?? null
  const start = findings.directories.at(-1)?.secondsToReady ?? null
  return [
    {
      text: 'the history of a real organisation imports in under 20 s',
      figure: findings.history === null ? '' : `${findings.history.seconds.toFixed(1)} s`,
      met: findings.history === null ? null : findings.history.seconds < 20,
    },
    { text: 'user(id) at 0.30 or more of the bare server', figure: times(ofBare), met: atLeast(ofBare, 0.3) },
    {
      text: "user(id) at least at Mercurius' rate",
      figure: times(ofMercurius),
      met: atLeast(ofMercurius, 1),
    },
    {
      text: 'createUser, each one durable, at 0.30 or more of user(id)',
      figure: times(written),
      met: atLeast(written, 0.3),
    },
    slowdown('user(id)', 1.3),
    slowdown('userByEmail', 1.3),
    slowdown('users(search)', 3),
    {
      text: `${largest.toLocaleString('en')} users need less than ${MAX_MEMORY / MB} MB of memory`,
      figure: memory === null ? '' : `${Math.round(memory / MB)} MB`,
      met: memory === null ? null : memory < MAX_MEMORY,
    },
    {
      text: `the server is ready in 2 s over ${largest.toLocaleString('en')} users`,
      figure: start === null ? '' : `${start.toFixed(2)} s`,
      met: start === null ? null : start <= 2,
    },
  ]
}

const quotient = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : a / b
const times = (value: number | null): string => (value === null ? '' : `${value.toFixed(2)} ×`)
const atLeast = (value: number | null, bound: number): boolean | null =>
  value === null ? null : value >= bound
