import type { Vector } from '../../domain/token.ts'
import type { Feed } from '../../feed/Feed.ts'
import type { FeedControls } from '../../feed/FeedControls.ts'
import type { CommandLog, EventLog } from '../../log/EventLog.ts'
import type { JournalReader, ViewReader } from '../../views/ViewStore.ts'

/** Engines that belong together, open: a log, views, and what keeps these in step with it. */
export interface Directory {
  readonly log: EventLog
  /** How often the log has made requests again so far, by reason: for metrics. None where it makes no requests. */
  readonly logRetries: ReadonlyMap<string, number>
  readonly feed: Feed & { readonly controls: FeedControls }
  readonly views: ViewReader
  /** Where the journal is kept. */
  readonly kept: JournalReader
  /** Aborts, with an error that says why, once the views are not those any more that were opened: then this can only be closed. */
  readonly lost: AbortSignal
  /** Resolves the first time that the views have what the log had when they were opened. */
  level(): Promise<void>
  /** What the views should have before a gateway that starts now serves, if that does not take long. */
  newest(): Promise<Vector>
  /** For a long write: resolves once the views have it, too. */
  write<A>(work: (log: CommandLog) => Promise<A>): Promise<A>
  close(): Promise<void>
}

export interface DirectoryHooks {
  /** Told of what will be tried again, for the server's log. */
  readonly onTrouble?: (message: string) => void
}
