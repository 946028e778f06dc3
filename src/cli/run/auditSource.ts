import { openDynamoLogReader } from '../../log/dynamodb/DynamoLogReader.ts'
import type { LogReader } from '../../log/EventLog.ts'
import { openSqliteLogReader } from '../../log/sqlite/SqliteLogReader.ts'
import { openPostgresJournal } from '../../views/postgres/index.ts'
import type { JournalReader } from '../../views/ViewStore.ts'
import type { Config } from '../config.ts'
import { logFile, requireLog } from './logFile.ts'
import { opening } from './Parts.ts'

/** What an audit trail is read from. */
export interface AuditSource {
  readonly log: Pick<LogReader, 'read' | 'seqs' | 'claimOwner'>
  /** Where changes have an order. */
  readonly journal: JournalReader
  close(): Promise<void>
}

/** A log without an order has its changes told in that of the journal, and as far as that goes. */
export async function openAuditSource({ log: table, views: url, data }: Config): Promise<AuditSource> {
  await requireLog({ log: table, data })
  return opening(async (parts) => {
    if (table === null || url === null) {
      const log = await parts.open(openSqliteLogReader({ file: logFile(data) }))
      return { log, journal: log }
    }
    const log = await parts.open(openDynamoLogReader(table))
    const journal = await parts.open(openPostgresJournal({ url, epoch: log.epoch }))
    return { log, journal }
  })
}
