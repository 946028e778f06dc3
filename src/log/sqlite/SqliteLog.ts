import { Worker } from 'node:worker_threads'
import { committed } from '../committed.ts'
import { type LogCommit, type LogOutcome, LogUnavailable, type OrderedEventLog } from '../EventLog.ts'
import { asUnavailable } from './failures.ts'
import { GroupCommit } from './GroupCommit.ts'
import { chainOldStreams } from './migration.ts'
import { SqliteLogReader } from './SqliteLogReader.ts'
import { createIfMissing } from './schema.ts'

export interface SqliteLogOptions {
  readonly file: string
  /** How long a commit waits for another process that is writing, before it rejects. Default 5,000. */
  readonly busyTimeoutMs?: number | undefined
  /** How often to note the position with the time, for `positionAt`. Default 60,000. */
  readonly markEveryMs?: number | undefined
}

/**
 * Opens the log in this file, and makes it, with its folder, if it does not exist. Any number of processes may have it open at
 * once. A log of an older release is brought up to date, which takes a minute for some millions of events. Rejects with `LogUnavailable` if the file cannot be had, and with `UnusableLog` if it is none, or one of a
 * newer release.
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<OrderedEventLog> {
  const { file } = options
  try {
    await createIfMissing(file)
    await chainOldStreams(file)
    return new SqliteLog(file, await GroupCommit.start(startWorker(options)))
  } catch (error) {
    throw asUnavailable(`opened (${file})`, error)
  }
}

function startWorker(workerData: SqliteLogOptions): Worker {
  const script = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)
  return new Worker(script, { name: 'rollcall-log', workerData })
}

/** Reads on the calling thread, writes in a worker. */
class SqliteLog extends SqliteLogReader implements OrderedEventLog {
  readonly #writer: GroupCommit
  #closing: Promise<void> | undefined

  constructor(file: string, writer: GroupCommit) {
    super(file)
    this.#writer = writer
  }

  async commit(commit: LogCommit): Promise<LogOutcome> {
    const verdict = await this.#writer.write(commit)
    if (verdict === 'conflict') return { kind: 'conflict' }
    if (typeof verdict === 'number') return committed(commit, verdict)
    const claim = commit.claims[verdict.taken]
    if (claim === undefined)
      throw new LogUnavailable('The writer answered for a claim that was not asked for')
    return { kind: 'taken', claim }
  }

  override close(): Promise<void> {
    // The writer last: it can write the WAL back and remove it, a reader cannot.
    this.#closing ??= super.close().then(() => this.#writer.close())
    return this.#closing
  }
}
