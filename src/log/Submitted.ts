import type { LogCommit } from './EventLog.ts'
import { type EncodedCommit, encodeCommit } from './encodeCommit.ts'

/** A commit on its way, with the object that others name where they were decided on it (`LogCommit.after`). */
export interface Submitted {
  readonly source: LogCommit
  readonly commit: EncodedCommit
}

/** Throws as `encodeCommit`. */
export const submitted = (source: LogCommit): Submitted => ({ source, commit: encodeCommit(source) })

/** Commits that were not made. Held as long as somebody may still name them. */
export class NotMade {
  readonly #sources = new WeakSet<LogCommit>()

  add({ source }: Submitted): void {
    this.#sources.add(source)
  }

  /** Whether it was decided on one of them, and so has lost with it. */
  isBaseOf({ source: { after } }: Submitted): boolean {
    return after?.some((base) => this.#sources.has(base)) ?? false
  }
}
