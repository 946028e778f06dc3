import { join } from 'node:path'
import { type LocalFeed, type LocalFeedOptions, startLocalFeed } from '../../feed/local/LocalFeed.ts'
import type { EventLog } from '../../log/EventLog.ts'
import { openSqliteLog } from '../../log/sqlite/SqliteLog.ts'
import { viewFile } from '../../views/generations.ts'
import { openSqliteViewReader } from '../../views/sqlite/index.ts'

/** The embedded engine, open: log and views in one folder. Any number of processes may have it open at once. */
export interface Directory {
  readonly log: EventLog
  /** The views are its `views`. */
  readonly feed: LocalFeed
  close(): Promise<void>
}

export const logFile = (folder: string): string => join(folder, 'log.sqlite')

/** Opens the folder, and makes it if it does not exist. The views may still be catching up with the log: see `feed.level`. */
export async function openDirectory(
  folder: string,
  hooks: Pick<LocalFeedOptions, 'onProgress' | 'onTrouble'> = {},
): Promise<Directory> {
  const log = await openSqliteLog({ file: logFile(folder) })
  try {
    const feed = await startLocalFeed({
      logFile: logFile(folder),
      viewFile: viewFile(folder, log.epoch),
      openViews: (file) => openSqliteViewReader({ file }),
      ...hooks,
    })
    return {
      log,
      feed,
      async close() {
        await feed.close()
        await log.close()
      },
    }
  } catch (error) {
    await log.close()
    throw error
  }
}
