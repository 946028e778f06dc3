import type { LogReader } from '../../log/EventLog.ts'
import type { Generations } from '../../views/generations.ts'
import type { ViewReader, ViewWriter } from '../../views/ViewStore.ts'

/** The generations of a directory's views, whatever it stands on, with its log. */
export interface GenerationSite {
  readonly log: LogReader
  readonly generations: Generations
  /** Opens one beside the one that serves, and makes it if it is not there. */
  open(generation: number): Promise<GenerationParts>
  close(): Promise<void>
}

export interface GenerationParts {
  readonly views: ViewReader
  readonly writer: ViewWriter
  /** Brings it all that the serving one has by now. */
  level(hooks?: LevelHooks): Promise<void>
  close(): Promise<void>
}

export interface LevelHooks {
  /** So many events are done with, which is about this share of the work. */
  readonly onProgress?: (events: number, share: number) => void
}
