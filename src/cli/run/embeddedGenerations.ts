import { setImmediate as nextTurn } from 'node:timers/promises'
import { querySync } from '../../feed/querySync.ts'
import type { OrderedLogReader } from '../../log/EventLog.ts'
import { openSqliteLogReader } from '../../log/sqlite/SqliteLogReader.ts'
import { openSqliteViewReader, openSqliteViewWriter, SqliteGenerations } from '../../views/sqlite/index.ts'
import type { ViewWriter } from '../../views/ViewStore.ts'
import type { GenerationParts, GenerationSite, LevelHooks } from './GenerationSite.ts'
import { logFile, requireLog } from './logFile.ts'
import { opening } from './Parts.ts'

export async function openEmbeddedGenerations(folder: string): Promise<GenerationSite> {
  await requireLog({ log: null, data: folder })
  const log = await openSqliteLogReader({ file: logFile(folder) })
  const generations = new SqliteGenerations(folder, log.epoch)
  return {
    ...{ log, generations },
    open: (generation) => openParts(log, generations.file(generation)),
    close: () => log.close(),
  }
}

function openParts(log: OrderedLogReader, file: string): Promise<GenerationParts> {
  return opening(async (parts) => {
    const writer = await parts.open(openSqliteViewWriter({ file }))
    const views = await parts.open(openSqliteViewReader({ file }))
    return { views, writer, level: (hooks?: LevelHooks) => level(log, writer, hooks) }
  })
}

/** How much of a load's time its events take; the rest goes to its end, above all to the search index. */
const SHARE_OF_EVENTS = 0.8

async function level(
  log: OrderedLogReader,
  writer: ViewWriter,
  { onProgress = () => {} }: LevelHooks = {},
): Promise<void> {
  let total = await log.position()
  await querySync(log, writer, {
    async onBatch({ applied: { position } }) {
      total = Math.max(total, position)
      onProgress(position, (position / total) * SHARE_OF_EVENTS)
      // So that a signal is heard.
      await nextTurn()
    },
    onFinish: (share) => onProgress(total, SHARE_OF_EVENTS + share * (1 - SHARE_OF_EVENTS)),
  })
}
