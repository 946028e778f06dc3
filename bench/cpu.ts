import { cpuMicros, familyMicros } from './proc.ts'

const KINDS = ['cpuMicros', 'postgresMicros', 'dynamodbMicros'] as const

/** CPU time of the servers, all threads, and of the engines beside them; null where it cannot be known, or there is no such engine. */
export type Cpu = Readonly<Record<(typeof KINDS)[number], number | null>>

/** What servers stand on: the first process of each. */
export interface Engines {
  readonly postgres?: number | undefined
  readonly dynamodb?: number | undefined
}

export const cpuSoFar = (servers: readonly { readonly pid: number }[], engines: Engines): Cpu => ({
  cpuMicros: sum(servers.map(({ pid }) => cpuMicros(pid))),
  postgresMicros: engines.postgres === undefined ? null : familyMicros(engines.postgres),
  dynamodbMicros: engines.dynamodb === undefined ? null : cpuMicros(engines.dynamodb),
})

/** For each of so many requests. */
export const cpuBetween = (before: Cpu, after: Cpu, requests: number): Cpu =>
  combine([before, after], ([from = 0, to = 0]) => (requests === 0 ? null : (to - from) / requests))

/** Each kind for itself: null where one of them is. */
export function combine(all: readonly Cpu[], how: (values: readonly number[]) => number | null): Cpu {
  const entries = KINDS.map((kind) => {
    const values = all.map((each) => each[kind]).filter((value) => value !== null)
    return [kind, values.length < all.length ? null : how(values)] as const
  })
  return Object.fromEntries(entries) as Cpu
}

const sum = (values: readonly (number | null)[]): number | null =>
  values.reduce((total, value) => (total === null || value === null ? null : total + value), 0)
