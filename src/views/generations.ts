import { join } from 'node:path'

/**
 * The shape of the views. It is raised whenever what they hold is computed or kept in another way: views of another version are
 * never read. So at an upgrade the new release makes its own, from the log, and answers UNAVAILABLE until they are level, while what
 * still runs of the old one serves the old ones; start one new server beside the old ones, and move clients to it once it is ready.
 */
export const VIEW_VERSION = 5

/**
 * The files of this release's views, of the log with this epoch: views never serve a log that was restored since they were made.
 * Deleting one (with `-wal` and `-shm`) loses nothing: it is built again from the log. Generations count from 1.
 */
export const viewFile = (directory: string, epoch: string, generation = 1): string =>
  join(directory, `${stem(epoch)}${generation === 1 ? '' : `.${generation}`}.sqlite`)

/** Which generations there are; without it only the first one. */
export const generationsFile = (directory: string, epoch: string): string =>
  join(directory, `${stem(epoch)}.generations.sqlite`)

const stem = (epoch: string): string => `views-v${VIEW_VERSION}-${epoch}`

export interface Generation {
  readonly number: number
  /** ISO 8601; null for one that is still being built. */
  readonly readyAt: string | null
  readonly isServing: boolean
}

/**
 * The generations of the views (rule 11): whole views of one log, each of its own, one of which serves. Any number of processes may
 * ask and change at once. All of them reject with `ViewsUnavailable` for trouble that may pass.
 */
export interface Generations {
  /** The one to be read. Whoever serves asks now and then, and goes over to another once that is as far as the one it reads. */
  serving(): Promise<number>
  list(): Promise<readonly Generation[]>
  /** The one that was begun and is not ready, to be gone on with; else a new one. Two who begin at once build the same. */
  begin(): Promise<number>
  /** It has been built and held against the log. */
  finish(number: number): Promise<void>
  /** False where there is no such generation, or it is not ready. */
  serve(number: number): Promise<boolean>
  /** Deletes it with its views. False where there is none, or it serves, or, as far as the engine knows, a server still reads it. */
  drop(number: number): Promise<boolean>
}
