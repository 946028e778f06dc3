import { committed } from '../committed.ts'
import { type EventLog, type LogCommit, type LogOutcome, LogUnavailable } from '../EventLog.ts'
import { countItems } from '../encodeCommit.ts'
import { BatchWriter } from './BatchWriter.ts'
import { type DynamoLogOptions, DynamoLogReader, openTable } from './DynamoLogReader.ts'
import type { Table } from './database.ts'
import { GroupCommit } from './GroupCommit.ts'
import { createIfMissing, type LogIdentity, readIdentity } from './schema.ts'

/**
 * Opens the log in this table, and begins one if there is none. The table has to be there: see schema.ts. Any number of processes may
 * have it open at once. Rejects with `LogUnavailable` if the table cannot be had.
 */
export async function openDynamoLog(options: DynamoLogOptions): Promise<EventLog> {
  const table = openTable(options)
  return new DynamoLog(table, await createIfMissing(table))
}

const OVER = 'The log has begun another epoch since this process opened it: start the process anew'

class DynamoLog extends DynamoLogReader implements EventLog {
  readonly #writer: GroupCommit
  #closing: Promise<void> | undefined
  /** The epoch in which it was opened. */
  #isOver = false

  constructor(table: Table, identity: LogIdentity) {
    super(table, identity)
    this.#writer = new GroupCommit(new BatchWriter(table, this.heads), this.heads)
  }

  /**
   * An empty commit is asked often, by whatever looks whether the log is there: it is one read of the log's own item. Where that is in
   * another epoch by now, nothing is committed any more. A check of it in each transaction would have them meet in one item, and
   * DynamoDB cancels those that do.
   */
  async commit(commit: LogCommit): Promise<LogOutcome> {
    if (this.#isOver) throw new LogUnavailable(OVER)
    if (countItems(commit) === 0) {
      if (this.#closing !== undefined) throw new LogUnavailable('The log is closed')
      this.#isOver = (await readIdentity(this.table)).epoch !== this.epoch
      if (this.#isOver) throw new LogUnavailable(OVER)
      return committed(commit, 0)
    }
    const verdict = await this.#writer.write(commit)
    if (verdict === 'conflict') return { kind: 'conflict' }
    if (verdict === 'committed') return committed(commit, 0)
    return { kind: 'taken', claim: verdict.taken }
  }

  override close(): Promise<void> {
    this.#closing ??= this.#writer.close().then(() => super.close())
    return this.#closing
  }
}
