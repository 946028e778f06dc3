import { vectorAt } from '../../domain/token.ts'
import { type LocalFeed, startLocalFeed } from '../../feed/local/LocalFeed.ts'
import type { OrderedEventLog } from '../../log/EventLog.ts'
import { openSqliteLog } from '../../log/sqlite/SqliteLog.ts'
import { openSqliteViewReader, SqliteGenerations } from '../../views/sqlite/index.ts'
import type { Directory, DirectoryHooks } from './directory.ts'
import { logFile } from './logFile.ts'
import { opening } from './Parts.ts'

/** Log and views in one folder. Any number of processes may have it open at once. */
export interface EmbeddedDirectory extends Directory {
  readonly log: OrderedEventLog
  /** The views are its `views`. */
  readonly feed: LocalFeed
}

/** Views may be made anew here at any time: the journal is the log's own order, and stays what it was. */
const NEVER = new AbortController().signal

/** How long whoever has written waits at a time. */
const WAIT_MS = 60_000

/** Opens the folder, which has to be there, and makes the log in it if there is none. */
export function openEmbedded(folder: string, hooks: DirectoryHooks = {}): Promise<EmbeddedDirectory> {
  return opening(async (parts) => {
    const log = await parts.open(openSqliteLog({ file: logFile(folder) }))
    const generations = new SqliteGenerations(folder, log.epoch)
    const feed = await parts.open(
      startLocalFeed({
        logFile: logFile(folder),
        viewFile: await generations.servingFile(),
        servingFile: () => generations.servingFile(),
        openViews: (file) => openSqliteViewReader({ file }),
        ...hooks,
      }),
    )
    const newest = async () => vectorAt(await log.position())
    return {
      ...{ log, feed, views: feed.views, kept: log, lost: NEVER, newest, logRetries: new Map() },
      level: () => feed.level(),
      async write(work) {
        const written = await work(log)
        const end = await newest()
        while (!feed.closed.aborted && !(await feed.reach(end, WAIT_MS)));
        return written
      },
    }
  })
}

/**
 * Gives the folder's log alone, and brings the views level after it: they are quicker applied at once than along with it, and leave
 * it the machine. A server on the same folder keeps them up as ever.
 */
export async function writeThenLevel<A>(
  folder: string,
  write: (log: OrderedEventLog) => Promise<A>,
): Promise<A> {
  const log = await openSqliteLog({ file: logFile(folder) })
  const written = await write(log).finally(() => log.close())
  const directory = await openEmbedded(folder)
  await directory.level().finally(() => directory.close())
  return written
}
