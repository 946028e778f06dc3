import { type Cpu, combine, cpuBetween, cpuSoFar, type Engines } from './cpu.ts'
import { type LoadResult, type LoadTool, type Requests, VALUE } from './load/Load.ts'
import { loadAll } from './load/loadAll.ts'
import type { Rounds } from './plan.ts'
import { ROWS, type RowName } from './rows.ts'
import type { Sample } from './sample.ts'
import type { Contender, Server } from './servers.ts'

/** A directory with the servers that run over it. */
export interface Site {
  readonly users: number
  readonly sample: Sample
  /** Where a contender has several servers, they share the connections. */
  readonly servers: ReadonlyMap<Contender, readonly Endpoint[]>
  readonly engines?: Engines
}

export type Endpoint = Pick<Server, 'url' | 'pid'>

/** Medians of the rounds; CPU times are those of one request. */
export interface Measurement extends Cpu {
  readonly row: RowName
  readonly users: number
  readonly contender: Contender
  /** How many of its servers were asked. */
  readonly servers: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

type Round = Pick<LoadResult, 'perSecond' | 'p50Ms' | 'p99Ms'> & Cpu

interface Case {
  readonly row: RowName
  readonly users: number
  readonly contender: Contender
  readonly servers: number
  readonly rounds: Round[]
  run(seconds: number): Promise<Round>
}

/**
 * Loads every server with every row that it can do. All cases of a row take turns, round by round, so that whatever else the
 * machine does meets all of them alike: compare within a row. A first round each is not counted.
 */
export async function measure(
  plan: Rounds,
  sites: readonly Site[],
  tool: LoadTool,
  onRow: (row: RowName) => void,
  rows: readonly RowName[] = ROWS.map(({ name }) => name),
): Promise<readonly Measurement[]> {
  const measured: Measurement[] = []
  for (const name of rows) {
    onRow(name)
    const cases = sites.flatMap((site) => casesOf(name, site, tool))
    for (const each of cases) await each.run(plan.warmUpSeconds)
    for (let round = 0; round < plan.rounds; round++) {
      for (const each of cases) each.rounds.push(await each.run(plan.secondsPerRound))
    }
    measured.push(...cases.map(medians))
  }
  return measured
}

function casesOf(name: RowName, { users, sample, servers, engines = {} }: Site, tool: LoadTool): Case[] {
  return ROWS.filter((row) => row.name === name).flatMap((row) =>
    row.contenders.flatMap((contender) => {
      const endpoints = servers.get(contender)
      if (endpoints === undefined) return []
      const requests = row.requests(sample, contender)
      const { connections } = row
      return {
        row: name,
        users,
        contender,
        servers: endpoints.length,
        rounds: [],
        async run(seconds: number) {
          for (const endpoint of endpoints) await probe(endpoint, requests)
          const before = cpuSoFar(endpoints, engines)
          const result = await loadAll(tool, endpoints, { requests, connections, seconds })
          const used = cpuBetween(before, cpuSoFar(endpoints, engines), result.count)
          if (result.failed > 0)
            throw new Error(`${result.failed} of ${result.count} requests failed at ${endpoints[0]?.url}`)
          return { ...result, ...used }
        },
      }
    }),
  )
}

/** A fast wrong answer is worth nothing, and GraphQL's errors come with status 200: looks at what one request is answered. */
async function probe({ url }: Endpoint, { method, path, headers, body, values }: Requests): Promise<void> {
  const value = values === 'unique' ? `probe-${performance.now()}` : (values[0] ?? '')
  const fill = (template: string) => template.replaceAll(VALUE, value)
  const response = await fetch(url + fill(path), {
    method,
    headers,
    ...(body !== '' && { body: fill(body) }),
  })
  const answer = await response.text()
  const { data, errors } = JSON.parse(answer) as { data?: object; errors?: unknown }
  if (errors !== undefined || data === undefined || Object.values(data).some(isNothing)) {
    throw new Error(`${url}${fill(path)} answered ${answer.slice(0, 500)}`)
  }
}

const isNothing = (value: unknown): boolean => value === null || (Array.isArray(value) && value.length === 0)

function medians({ row, users, contender, servers, rounds }: Case): Measurement {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick))
  return {
    row,
    users,
    contender,
    servers,
    perSecond: of(({ perSecond }) => perSecond),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    ...combine(rounds, median),
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = 0, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1)
  return (low + high) / 2
}
