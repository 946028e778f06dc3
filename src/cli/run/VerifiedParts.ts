import type { LogReader, OrderedLogReader } from '../../log/EventLog.ts'
import type { ViewReader, ViewWriter } from '../../views/ViewStore.ts'
import type { IntegrityCheck } from './logIntegrity.ts'

/** Log and views as they are: unlike a directory that is opened to be served, nothing is caught up or built anew. */
export interface Parts {
  readonly log: OrderedLogReader
  readonly views: ViewReader
  readonly writer: ViewWriter
  close(): Promise<void>
}

/** The same on whatever engines. */
export interface VerifiedParts extends Omit<Parts, 'log'> {
  readonly log: LogReader
  /** Goes through the log once. */
  checkLog(): IntegrityCheck
}

/** A log whose views have yet to be made. */
export interface BareParts extends Pick<VerifiedParts, 'log' | 'checkLog' | 'close'> {
  readonly views: null
}
