import type { Connecting } from './database.ts'
import { generationSchema, journalSchema } from './names.ts'

/** Which views, and where. They keep a journal (`JournalReader`), so they are for logs without a total order. */
export interface PostgresViews {
  /** postgres://user:secret@host:port/database */
  readonly url: string
  /** Of the log: views of another epoch are others. */
  readonly epoch: string
  /** The generation's version, VIEW_VERSION where it is left out. */
  readonly version?: number
  /** Its number, counted from 1 in each version; 1 where it is left out. */
  readonly generation?: number
  /** What a statement may take, and a wait for another writer; 10 s where it is left out. */
  readonly statementTimeoutMs?: number
}

const STATEMENT_TIMEOUT_MS = 10_000

export const connectingTo = (views: PostgresViews): Connecting => ({
  url: views.url,
  schemas: [generationOf(views), journalSchema(views.epoch)],
  statementTimeoutMs: views.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
})

/** The same for what is asked of the journal alone: whichever generation there is, none is made. */
export const connectingToJournal = (views: PostgresViews): Connecting => ({
  ...connectingTo(views),
  schemas: [journalSchema(views.epoch)],
})

/** The schema of these views, and the channel on which they are said to have moved. */
export const generationOf = ({ epoch, version, generation }: PostgresViews): string =>
  generationSchema(epoch, version, generation)
