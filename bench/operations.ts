import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Filling, importedHistory, seeded } from './directory.ts'
import type { OperationsFinding } from './findings.ts'
import type { LoadTool } from './load/Load.ts'
import { measure, median, type Site } from './measure.ts'
import type { Plan } from './plan.ts'
import { memoryOf } from './proc.ts'
import { sample } from './sample.ts'
import { type Contender, type Server, start } from './servers.ts'

export interface Run {
  readonly plan: Plan
  readonly tool: LoadTool
  readonly temporary: string
  /** Where directories are kept. */
  readonly data: string
  readonly say: (line: string) => void
}

/** A directory with its servers running, and what is known of it before the load. */
interface Built {
  readonly folder: string
  readonly site: Site
  readonly servers: ReadonlyMap<Contender, Server>
  readonly filling: Filling
  readonly secondsToReady: number
}

/** Every operation at every size, beside the peers. */
export async function operations({ plan, tool, temporary, data, say }: Run): Promise<OperationsFinding> {
  const history = await importedHistory(join(temporary, 'history'))
  const built: Built[] = []
  try {
    for (const users of plan.sizes) {
      say(`${users.toLocaleString('en')} users: seeding …`)
      built.push(await build(plan, users, join(data, String(users))))
    }
    const sites = built.map(({ site }) => site)
    const measurements = await measure(plan, sites, tool, (row) => say(`${row} …`))
    const directories = built.map(({ folder, filling, secondsToReady, site: { users }, servers }) => ({
      users,
      filling,
      secondsToReady,
      memory: memoryOf(servers.get('rollcall')?.pid ?? 0),
      bytes: sizeOf(folder),
    }))
    return { directories, history, measurements }
  } finally {
    await Promise.all(built.flatMap(({ servers }) => [...servers.values()].map((server) => server.stop())))
  }
}

async function build(plan: Plan, users: number, folder: string): Promise<Built> {
  const filling = await seeded(folder, users)
  const starts: number[] = []
  for (let i = 1; i < plan.starts; i++) {
    const server = await start('rollcall', folder)
    starts.push(server.secondsToReady)
    await server.stop()
  }
  const rollcall = await start('rollcall', folder)
  starts.push(rollcall.secondsToReady)
  const servers = new Map<Contender, Server>([['rollcall', rollcall]])
  if (plan.peersAt === 'every size' || users === plan.sizes.at(-1)) {
    servers.set('bare', await start('bare', folder)).set('mercurius', await start('mercurius', folder))
  }
  const endpoints = new Map([...servers].map(([contender, server]) => [contender, [server]]))
  return {
    folder,
    servers,
    filling,
    site: { users, sample: await sample(rollcall), servers: endpoints },
    secondsToReady: median(starts),
  }
}

const sizeOf = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
