import { type LoadResult, type LoadTool, type Requests, VALUE } from './load/Load.ts'
import type { Plan } from './plan.ts'
import { cpuMicros } from './proc.ts'
import { ROWS, type RowName } from './rows.ts'
import type { Sample } from './sample.ts'
import type { Contender, Server } from './servers.ts'

/** A directory with the servers that run over it. */
export interface Site {
  readonly users: number
  readonly sample: Sample
  readonly servers: ReadonlyMap<Contender, Server>
}

/** Medians of the rounds. */
export interface Measurement {
  readonly row: RowName
  readonly users: number
  readonly contender: Contender
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU time that the server's process used for one request, all threads; null where it cannot be known. */
  readonly cpuMicros: number | null
}

type Round = Pick<LoadResult, 'perSecond' | 'p50Ms' | 'p99Ms'> & { readonly cpuMicros: number | null }

interface Case {
  readonly row: RowName
  readonly users: number
  readonly contender: Contender
  readonly rounds: Round[]
  run(seconds: number): Promise<Round>
}

/**
 * Loads every server with every row that it can do. All cases of a row take turns, round by round, so that whatever else the
 * machine does meets all of them alike: compare within a row. A first round of a second each is not counted.
 */
export async function measure(
  plan: Plan,
  sites: readonly Site[],
  tool: LoadTool,
  onRow: (row: RowName) => void,
): Promise<readonly Measurement[]> {
  const measured: Measurement[] = []
  for (const { name } of ROWS) {
    onRow(name)
    const cases = sites.flatMap((site) => casesOf(name, site, tool))
    for (const each of cases) await each.run(WARM_UP_SECONDS)
    for (let round = 0; round < plan.rounds; round++) {
      for (const each of cases) each.rounds.push(await each.run(plan.secondsPerRound))
    }
    measured.push(...cases.map(medians))
  }
  return measured
}

const WARM_UP_SECONDS = 1

function casesOf(name: RowName, { users, sample, servers }: Site, tool: LoadTool): Case[] {
  return ROWS.filter((row) => row.name === name).flatMap((row) =>
    row.contenders.flatMap((contender) => {
      const server = servers.get(contender)
      if (server === undefined) return []
      const requests = row.requests(sample, contender)
      const { connections } = row
      return {
        row: name,
        users,
        contender,
        rounds: [],
        async run(seconds: number) {
          await probe(server, requests)
          return round(tool, server, { url: server.url, requests, connections, seconds })
        },
      }
    }),
  )
}

async function round(
  tool: LoadTool,
  { pid }: Server,
  options: Parameters<LoadTool['run']>[0],
): Promise<Round> {
  const before = cpuMicros(pid)
  const result = await tool.run(options)
  const after = cpuMicros(pid)
  if (result.failed > 0)
    throw new Error(`${result.failed} of ${result.count} requests failed at ${options.url}`)
  return { ...result, cpuMicros: before === null || after === null ? null : (after - before) / result.count }
}

/** A fast wrong answer is worth nothing, and GraphQL's errors come with status 200: looks at what one request is answered. */
async function probe({ url }: Server, { method, path, headers, body, values }: Requests): Promise<void> {
  const value = values === 'unique' ? `probe-${performance.now()}` : (values[0] ?? '')
  const fill = (template: string) => template.replaceAll(VALUE, value)
  const response = await fetch(url + fill(path), {
    method,
    headers,
    ...(body !== '' && { body: fill(body) }),
  })
  const answer = await response.text()
  const { data, errors } = JSON.parse(answer) as { data?: object; errors?: unknown }
  if (errors !== undefined || data === undefined || Object.values(data).includes(null)) {
    throw new Error(`${url}${fill(path)} answered ${answer.slice(0, 500)}`)
  }
}

function medians({ row, users, contender, rounds }: Case): Measurement {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick))
  return {
    row,
    users,
    contender,
    perSecond: of(({ perSecond }) => perSecond),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    cpuMicros: rounds.some(({ cpuMicros }) => cpuMicros === null)
      ? null
      : of(({ cpuMicros }) => cpuMicros ?? 0),
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = 0, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1)
  return (low + high) / 2
}
