import { setTimeout as sleep } from 'node:timers/promises'
import { levelViews } from '../../feed/shared/levelViews.ts'
import { openDynamoLogReader } from '../../log/dynamodb/DynamoLogReader.ts'
import {
  openPostgresGenerations,
  openPostgresJournal,
  type PostgresGenerations,
} from '../../views/postgres/index.ts'
import { CommandFailure } from '../command.ts'
import { EXIT } from '../exitCodes.ts'
import type { GenerationParts, GenerationSite, LevelHooks } from './GenerationSite.ts'
import { opening } from './Parts.ts'
import { openServedViews } from './servedViews.ts'
import type { SharedEngines } from './shared.ts'

/** How long servers are waited for that have yet to notice that other views serve. */
const REOPEN_MS = 10_000
const LOOK_MS = 100

async function reopened(generations: PostgresGenerations, generation: number): Promise<void> {
  const deadline = performance.now() + REOPEN_MS
  while (!(await generations.reopen(generation))) {
    if (performance.now() > deadline) {
      const message = `Generation ${generation} is still read by a server that has not gone over to the one that serves: stop it, or try again`
      throw new CommandFailure(message, EXIT.unavailable)
    }
    await sleep(LOOK_MS)
  }
}

/** The log has to be there. */
export function openSharedGenerations({ table, views: url }: SharedEngines): Promise<GenerationSite> {
  return opening(async (parts) => {
    const log = await parts.open(openDynamoLogReader(table))
    const options = { url, epoch: log.epoch }
    const kept = await parts.open(openPostgresJournal(options))
    const generations = await parts.open(openPostgresGenerations(options))

    const open = async (generation: number): Promise<GenerationParts> => {
      await reopened(generations, generation)
      const { views, writer, close } = await openServedViews(options, generation)
      return {
        ...{ views, writer, close },
        async level({ onProgress = () => {} }: LevelHooks = {}) {
          const total = await kept.position()
          let done = 0
          await levelViews(
            { log, kept, writer },
            {
              onPage(events) {
                done += events
                onProgress(done, Math.min(1, done / Math.max(1, total)))
              },
            },
          )
        },
      }
    }
    return { log, generations, open }
  })
}
