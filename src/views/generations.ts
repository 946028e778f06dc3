import { join } from 'node:path'

/**
 * The shape of the views. It is raised whenever what they hold is computed or kept in another way: views of another version are
 * never read, the next generation is built from the log beside the one that serves (rule 11).
 */
export const VIEW_VERSION = 1

/**
 * The file of this release's generation, of the log with this epoch: views never serve a log that was restored since they were
 * made. Deleting it (with `-wal` and `-shm`) loses nothing: it is built again from the log.
 */
export const viewFile = (directory: string, epoch: string): string =>
  join(directory, `views-v${VIEW_VERSION}-${epoch}.sqlite`)
