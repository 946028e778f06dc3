import type { FeedStats } from '../Feed.ts'
import type { Report } from './messages.ts'

export interface LocalFeedStats extends FeedStats {
  /** Deaths of the worker; each was followed by another one. */
  readonly restartsTotal: number
  /** Why it last died, or null. */
  readonly lastTrouble: string | null
}

/** How far a first start, or the building of a new view file, has come. */
export interface FeedProgress {
  readonly position: number
  readonly logPosition: number
  readonly eventsPerSecond: number
}

/** Adds up what the worker reports. */
export class FeedTally {
  /** Of the journal, as the views have it. */
  position = 0
  /** As the worker has told of it: `position` may have been found further on by a question to the views. */
  reported = 0
  logPosition = 0
  catchUpsTotal = 0
  #appliedTotal = 0
  #duplicatesTotal = 0
  #quarantined = 0
  #restartsTotal = 0
  #lastTrouble: string | null = null
  #levelAt = performance.now()
  readonly #startedAt = performance.now()

  add(report: Report): void {
    this.moveTo(report.position)
    this.reported = Math.max(this.reported, report.position)
    this.logPosition = Math.max(this.logPosition, report.logPosition)
    this.#appliedTotal += report.applied
    this.#duplicatesTotal += report.duplicates
    this.#quarantined = report.quarantined
    if (report.level) this.#levelAt = performance.now()
  }

  moveTo(position: number): void {
    this.position = Math.max(this.position, position)
    this.logPosition = Math.max(this.logPosition, position)
  }

  addDeath(error: Error): void {
    this.#restartsTotal += 1
    this.#lastTrouble = error.message
  }

  progress(): FeedProgress {
    const seconds = (performance.now() - this.#startedAt) / 1_000
    const { position, logPosition } = this
    return {
      position,
      logPosition,
      eventsPerSecond: Math.round(this.#appliedTotal / Math.max(seconds, 0.001)),
    }
  }

  stats(): LocalFeedStats {
    return {
      position: this.position,
      logPosition: this.logPosition,
      appliedTotal: this.#appliedTotal,
      duplicatesTotal: this.#duplicatesTotal,
      catchUpsTotal: this.catchUpsTotal,
      quarantinedStreams: this.#quarantined,
      lagMs: this.position >= this.logPosition ? 0 : performance.now() - this.#levelAt,
      restartsTotal: this.#restartsTotal,
      lastTrouble: this.#lastTrouble,
    }
  }
}
