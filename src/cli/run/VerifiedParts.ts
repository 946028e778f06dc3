import type { LogReader } from '../../log/EventLog.ts'
import type { ViewReader, ViewWriter } from '../../views/ViewStore.ts'
import type { IntegrityCheck } from './logIntegrity.ts'

/** Log and views as they are: unlike a directory that is opened to be served, nothing is caught up or built anew. */
export interface VerifiedParts {
  readonly log: LogReader
  readonly views: ViewReader
  readonly writer: ViewWriter
  /** Goes through the log once. */
  checkLog(): IntegrityCheck
  close(): Promise<void>
}

/** A log whose views have yet to be made. */
export interface BareParts extends Pick<VerifiedParts, 'log' | 'checkLog' | 'close'> {
  readonly views: null
}
