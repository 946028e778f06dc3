import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { seeded } from './directory.ts'
import { measureFeed } from './feed/measureFeed.ts'
import { Findings, type Found } from './findings.ts'
import { autocannon } from './load/autocannon.ts'
import { wrk } from './load/wrk.ts'
import { operations, type Run } from './operations.ts'
import { FULL, QUICK } from './plan.ts'
import { intoReadme } from './readme.ts'
import { rebuild } from './rebuild/rebuild.ts'
import { report } from './report.ts'
import { start } from './servers.ts'
import { measureStack } from './stack/measureStack.ts'

const HELP = `Usage: npm run bench -- [--quick] [--only PART] [--data FOLDER] [--no-readme]

Builds directories, loads the gateway and its peers, prints a report and writes it into the README.

  --quick        small directories and short rounds: a few minutes instead of half an hour
  --only PART    operations, feed, rebuild or stack; the README is left as it is
  --data FOLDER  keep the directories there, and take those that an earlier run has left
  --no-readme    leave the README as it is
`

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    data: { type: 'string' },
    'no-readme': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

const isWanted = (part: keyof Found): boolean => options.only === undefined || options.only === part
const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** The parts of a run. Each may run alone. */
const PARTS: { readonly [Part in keyof Found]: (run: Run) => Promise<Found[Part]> } = {
  operations,
  async feed({ plan, data, say }) {
    const folder = join(data, 'feed')
    await seeded(folder, plan.feed.users)
    return measureFeed(plan.feed, folder, say)
  },
  async rebuild({ plan, data, temporary, say }) {
    const folder = join(data, String(plan.rebuiltUsers))
    await seeded(folder, plan.rebuiltUsers)
    say('building views again …')
    const server = await start('rollcall', folder)
    return rebuild(server, folder, temporary).finally(() => server.stop())
  },
  stack: ({ plan, tool, temporary, say }) =>
    measureStack(plan.stack, { tool, folder: join(temporary, 'stack'), say }),
}

if (options.help || !(options.only === undefined || options.only in PARTS)) {
  process.stdout.write(HELP)
} else {
  const temporary = mkdtempSync(join(tmpdir(), 'rollcall-bench-'))
  // PostgreSQL may run as another user, who has to get into its own folder in there.
  chmodSync(temporary, 0o711)
  try {
    const tool = (await wrk(temporary)) ?? autocannon
    const plan = options.quick ? QUICK : FULL
    const run: Run = { plan, tool, temporary, data: options.data ?? temporary, say }
    const found: Partial<Found> = {
      ...(isWanted('operations') && { operations: await PARTS.operations(run) }),
      ...(isWanted('feed') && { feed: await PARTS.feed(run) }),
      ...(isWanted('rebuild') && { rebuild: await PARTS.rebuild(run) }),
      ...(isWanted('stack') && { stack: await PARTS.stack(run) }),
    }
    const flags = [...(options.quick ? ['--quick'] : []), ...(options.only ? ['--only', options.only] : [])]
    const command = ['npm run bench', ...(flags.length > 0 ? ['--', ...flags] : [])].join(' ')
    const text = report(new Findings(found), command, tool.name)
    process.stdout.write(`${text}\n`)
    if (!options['no-readme'] && options.only === undefined) intoReadme(text)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
