import type { LogCommit } from '../log/EventLog.ts'

/** A commit that was submitted to the log. */
export class Pending {
  readonly commit: LogCommit
  /** Null until that is known. Where the log gave no answer it counts as not made: whoever decided on it has to look again. */
  wasMade: boolean | null = null
  #outcome: Promise<unknown> = Promise.resolve()

  constructor(commit: LogCommit) {
    this.commit = commit
  }

  settledBy(outcome: Promise<unknown>): void {
    this.#outcome = outcome
  }

  /** Resolves once it is known, whatever became of it. */
  async known(): Promise<void> {
    await this.#outcome.catch(() => {})
  }
}
