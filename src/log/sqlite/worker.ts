import { parentPort, workerData } from 'node:worker_threads'
import { BatchWriter, UnknownOutcome } from './BatchWriter.ts'
import { type Answer, type Batch, CLOSE, type FailedOutcome } from './batch.ts'
import { openForWriting } from './database.ts'
import { FileGone, OpenedFile } from './OpenedFile.ts'
import type { SqliteLogOptions } from './SqliteLog.ts'

/** The thread that writes: it waits for the disk so that the event loop need not. One answer a batch, in order. */
const { file, busyTimeoutMs, markEveryMs } = workerData as SqliteLogOptions
const db = openForWriting(file, busyTimeoutMs)
const writer = new BatchWriter(db, markEveryMs)
const opened = new OpenedFile(file)

function write(batch: Batch): Answer {
  try {
    opened.requireInPlace()
    return { kind: 'done', verdicts: writer.write(batch) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { kind: 'failed', reason, outcome: outcomeOf(error) }
  }
}

function outcomeOf(error: unknown): FailedOutcome {
  if (error instanceof UnknownOutcome) return 'unknown'
  return error instanceof FileGone ? 'gone' : 'unwritten'
}

parentPort?.on('message', (message: string) => {
  if (message === CLOSE) {
    db.close()
    parentPort?.close()
  } else {
    parentPort?.postMessage(write(JSON.parse(message) as Batch))
  }
})
parentPort?.postMessage({ kind: 'ready' } satisfies Answer)
