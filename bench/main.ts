import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Filling, importedHistory, seeded } from './directory.ts'
import { Findings } from './findings.ts'
import { autocannon } from './load/autocannon.ts'
import { wrk } from './load/wrk.ts'
import { measure, median, type Site } from './measure.ts'
import { FULL, type Plan, QUICK } from './plan.ts'
import { memoryOf } from './proc.ts'
import { intoReadme } from './readme.ts'
import { report } from './report.ts'
import { sample } from './sample.ts'
import { type Contender, type Server, start } from './servers.ts'

const HELP = `Usage: npm run bench -- [--quick] [--data FOLDER] [--no-readme]

Builds directories, loads the gateway and its peers, prints a report and writes it into the README.

  --quick        small directories and short rounds: a minute and a half instead of twenty
  --data FOLDER  keep the directories there, and take those that an earlier run has left
  --no-readme    leave the README as it is
`

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    data: { type: 'string' },
    'no-readme': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** A directory with its servers running, and what is known of it before the load. */
interface Built {
  readonly folder: string
  readonly site: Site
  readonly filling: Filling
  readonly secondsToReady: number
}

async function build(plan: Plan, users: number, folder: string): Promise<Built> {
  say(`${users.toLocaleString('en')} users: seeding …`)
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
  return {
    folder,
    filling,
    site: { users, sample: await sample(rollcall), servers },
    secondsToReady: median(starts),
  }
}

const sizeOf = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)

async function bench(plan: Plan, temporary: string, data: string): Promise<string> {
  const tool = (await wrk(temporary)) ?? autocannon
  const history = await importedHistory(join(temporary, 'history'))
  const built: Built[] = []
  try {
    for (const users of plan.sizes) built.push(await build(plan, users, join(data, String(users))))
    const sites = built.map(({ site }) => site)
    const measurements = await measure(plan, sites, tool, (row) => say(`${row} …`))
    const directories = built.map(({ folder, filling, secondsToReady, site: { users, servers } }) => ({
      users,
      filling,
      secondsToReady,
      memory: memoryOf(servers.get('rollcall')?.pid ?? 0),
      bytes: sizeOf(folder),
    }))
    const command = plan === QUICK ? 'npm run bench -- --quick' : 'npm run bench'
    return report(new Findings(directories, history, measurements), command, tool.name)
  } finally {
    await Promise.all(built.flatMap(({ site }) => [...site.servers.values()].map((server) => server.stop())))
  }
}

if (options.help) {
  process.stdout.write(HELP)
} else {
  const temporary = mkdtempSync(join(tmpdir(), 'rollcall-bench-'))
  try {
    const text = await bench(options.quick ? QUICK : FULL, temporary, options.data ?? temporary)
    process.stdout.write(`${text}\n`)
    if (!options['no-readme']) intoReadme(text)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
