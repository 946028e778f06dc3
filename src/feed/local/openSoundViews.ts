import { rename, stat } from 'node:fs/promises'
import type { OrderedLogReader } from '../../log/EventLog.ts'
import { openSqliteViewWriter } from '../../views/sqlite/SqliteViewWriter.ts'
import { ViewsUnavailable, type ViewWriter } from '../../views/ViewStore.ts'

export interface SoundViews {
  readonly views: ViewWriter
  /** Why the file that was there could not be used, or null. */
  readonly rebuilt: string | null
}

/**
 * Opens the view file. The log is the truth and views are made from it, so in the place of a file that is damaged a new one is
 * begun; the old one is kept beside it as `….damaged`, should the path have been a mistake. Passing trouble rejects with
 * `ViewsUnavailable`: it says nothing about the file. So do views that are ahead of the log: building them again would hide that
 * the log lost what its clients were told.
 */
export async function openSoundViews(
  file: string,
  log: OrderedLogReader,
  mayRebuild: boolean,
): Promise<SoundViews> {
  const found = await inode(file)
  try {
    return { views: await openChecked(file, log), rebuilt: null }
  } catch (error) {
    if (!mayRebuild || found === null || error instanceof ViewsUnavailable) throw error
    // Another process that found the same may have begun the new file already.
    if ((await inode(file)) === found) await setAside(file)
    return { views: await openChecked(file, log), rebuilt: String(error) }
  }
}

async function openChecked(file: string, log: OrderedLogReader): Promise<ViewWriter> {
  const views = await openSqliteViewWriter({ file })
  try {
    // In this order: the log only grows, so sound views can never seem to be ahead of it.
    const position = await views.position()
    const head = await log.position()
    if (position > head) throw aheadOfLog(file, position, head)
    return views
  } catch (error) {
    await views.close()
    throw error
  }
}

const aheadOfLog = (file: string, position: number, head: number): ViewsUnavailable =>
  new ViewsUnavailable(
    `${file} has applied ${position} events, but its log ends at ${head}: an older copy was put in the log's place, or only a part \
of it (log.sqlite without log.sqlite-wal). Tokens and cursors that clients hold would mean other changes from now on, so nothing is \
served. Put the log back that belongs to these views. If it is lost, let the copy begin a new epoch: "rollcall backup FOLDER" of this \
one, then "rollcall restore FOLDER" into an empty one`,
  )

const inode = (file: string): Promise<number | null> =>
  stat(file).then(
    ({ ino }) => ino,
    () => null,
  )

/** With the files that SQLite keeps beside it. */
async function setAside(file: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) {
    await rename(file + suffix, `${file}.damaged${suffix}`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
  }
}
