import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { openPostgresViewReader } from '../../src/views/postgres/index.ts'
import type { Part } from '../../stack/Part.ts'
import type { Stack } from '../../stack/Stack.ts'
import { type Cpu, cpuBetween, cpuSoFar, type Engines } from '../cpu.ts'
import { told } from '../told.ts'
import { enginesOf, type StackPlaces } from './places.ts'
import { relayed } from './relayed.ts'

/** Events on their way from one place to another. CPU times are those of one event: of the process that carries it, and of engines. */
export interface Transfer extends Carried, Cpu {}

interface Carried {
  readonly events: number
  readonly seconds: number
}

/** What a program tells that has carried some; `cpuMicros` is all that it used. */
export type Told = Carried & { readonly cpuMicros: number }

export interface Sync {
  /** Into the log, by the import. */
  readonly seeded: Transfer
  /** From Kinesis, where all of them lay, to PostgreSQL, by one synchroniser. */
  readonly live: Transfer
  /** From the log to views in a database of their own, which was empty. */
  readonly filled: Transfer
}

const SEEDER = new URL('./logSeeder.ts', import.meta.url)
const FILLER = new URL('./viewFiller.ts', import.meta.url)

/** Fills a stack that is empty, in the way that events go: the log, Kinesis, the views. */
export async function sync(
  stack: Stack,
  places: StackPlaces,
  users: number,
  say: (line: string) => void,
): Promise<Sync> {
  const { environment } = stack.plan
  const engines = enginesOf(stack)
  const synchroniser = stack.part('synchroniser')
  await synchroniser.stop()
  say('seeding the log …')
  const seeded = await carriedBy(SEEDER, [String(users)], environment, engines)
  say('waiting for the relay …')
  await relayed(places.stream, seeded.events)
  say('synchronising …')
  const live = await synchronised(synchroniser, places, seeded.events, engines)
  say('filling views from the log …')
  const views = await newDatabase(places.views)
  const filled = await carriedBy(FILLER, [], { ...environment, ROLLCALL_VIEWS: views }, engines)
  return { seeded, live, filled }
}

async function carriedBy(
  program: URL,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  engines: Engines,
): Promise<Transfer> {
  const before = cpuSoFar([], engines)
  const { cpuMicros, ...carried } = await told<Told>(program, args, environment)
  const used = cpuBetween(before, cpuSoFar([], engines), carried.events)
  return { ...carried, ...used, cpuMicros: cpuMicros / carried.events }
}

const LOOK_MS = 10

/** From the first of so many events that the views get to the last: how long a process takes to start is not in it. */
async function synchronised(
  synchroniser: Part,
  { views: url, epoch }: StackPlaces,
  events: number,
  engines: Engines,
): Promise<Transfer> {
  const views = await openPostgresViewReader({ url, epoch, connections: 1 })
  try {
    const before = await views.position()
    await synchroniser.start()
    const processes = [{ pid: synchroniser.pid ?? 0 }]
    const look = async (least: number) => ({
      position: await moved(() => views.position(), least),
      ms: performance.now(),
      cpu: cpuSoFar(processes, engines),
    })
    const first = await look(before + 1)
    const last = await look(before + events)
    const carried = last.position - first.position
    const used = cpuBetween(first.cpu, last.cpu, carried)
    return { events: carried, seconds: (last.ms - first.ms) / 1_000, ...used }
  } finally {
    await views.close()
  }
}

async function moved(position: () => Promise<number>, to: number): Promise<number> {
  for (;;) {
    const now = await position()
    if (now >= to) return now
    await sleep(LOOK_MS)
  }
}

/** Beside the one of the URL. */
async function newDatabase(url: string): Promise<string> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query('CREATE DATABASE filled')
  await client.end()
  return Object.assign(new URL(url), { pathname: '/filled' }).href
}
