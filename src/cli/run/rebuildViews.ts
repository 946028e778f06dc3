import { setTimeout as sleep } from 'node:timers/promises'
import { rowsOf } from '../../verify/problems.ts'
import { tenantsIn } from '../../verify/tenants.ts'
import { verifyViews } from '../../verify/verifyViews.ts'
import type { Config } from '../config.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import { createProgress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import type { GenerationParts, GenerationSite } from './GenerationSite.ts'
import { onGenerationSite } from './onGenerationSite.ts'
import { contextOf, sampleOf } from './verifyParts.ts'
import { inViews } from './verifyReport.ts'
import { tellServing } from './viewGenerations.ts'

export interface RebuildOptions {
  readonly deep: boolean
}

/** Rule 11. Killed at any point and run again it goes on: up to the very end what serves is the generation before. */
export const rebuildViews = (
  config: Config,
  options: RebuildOptions,
  terminal: Terminal,
): Promise<ExitCode> => onGenerationSite(config, (site) => rebuild(site, options, terminal))

async function rebuild(
  site: GenerationSite,
  { deep }: RebuildOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { generations } = site
  const before = await generations.serving()
  const number = await generations.begin()
  const parts = await site.open(number)
  try {
    const events = await build(parts, terminal)
    const isSampled = sampleOf(events, deep)
    const problems = await whileKeptLevel(parts, () => tellProblems(site, parts, isSampled, terminal))
    if (problems > 0) {
      await parts.close()
      await generations.drop(number)
      terminal.print(
        `Generation ${number} is not what the log says and is deleted; ${before} goes on serving`,
      )
      return EXIT.problems
    }
    await parts.level()
    await generations.finish(number)
    await generations.serve(number)
    tellServing(number, before, terminal)
    return EXIT.ok
  } finally {
    await parts.close()
  }
}

/** Resolves to about how many events it is built from. */
async function build({ level, writer }: GenerationParts, terminal: Terminal): Promise<number> {
  const progress = createProgress({ things: 'events', terminal })
  await level({ onProgress: (events, share) => progress.update(events, share) })
  const position = await writer.position()
  progress.end(position)
  return position
}

/** So that what is written meanwhile is there when it is looked for. */
async function whileKeptLevel<A>({ level }: GenerationParts, work: () => Promise<A>): Promise<A> {
  const done = new AbortController()
  const { signal } = done
  const keeping = (async () => {
    while (!signal.aborted) {
      await level()
      await sleep(LEVEL_MS, undefined, { signal }).catch(() => undefined)
    }
  })()
  keeping.catch(() => {})
  try {
    return await work()
  } finally {
    done.abort()
    await keeping
  }
}

const LEVEL_MS = 250
const MAX_TOLD = 20

async function tellProblems(
  { log }: GenerationSite,
  { views, writer }: GenerationParts,
  isSampled: ReturnType<typeof sampleOf>,
  terminal: Terminal,
): Promise<number> {
  const context = contextOf({ log, views, writer }, isSampled)
  const progress = createProgress({ things: 'rows held against the log', terminal })
  const onProgress = () => progress.update(rowsOf(context.tally), null)
  let problems = 0
  for await (const problem of verifyViews(context, { tenants: await tenantsIn(log), onProgress })) {
    problems += 1
    if (problems <= MAX_TOLD) terminal.print(inViews(problem))
  }
  progress.end(rowsOf(context.tally))
  return problems
}
