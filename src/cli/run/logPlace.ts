import { resolve } from 'node:path'
import { openDynamoCopy } from '../../log/dynamodb/copy/DynamoCopy.ts'
import { openDynamoStoredLog } from '../../log/dynamodb/copy/DynamoStoredLog.ts'
import type { CopyOf, OpenedCopy, StoredLogReader } from '../../log/StoredLog.ts'
import { openSqliteCopy } from '../../log/sqlite/copy/SqliteCopy.ts'
import { openSqliteStoredLog } from '../../log/sqlite/copy/SqliteStoredLog.ts'
import { CommandFailure } from '../command.ts'
import { dynamoTable } from '../engineSettings.ts'
import { EXIT } from '../exitCodes.ts'
import { logFile, requireLog } from './logFile.ts'

/** Nobody waits for one request, and its transactions are as large as they may be. */
const REQUEST_TIMEOUT_MS = 30_000

/** Where a log is, or is to be, on whatever engine. */
export interface LogPlace {
  /** As it was named. */
  readonly name: string
  /** Two places that are the same have the same. */
  readonly key: string
  read(): Promise<StoredLogReader>
  copy(source: CopyOf): Promise<OpenedCopy>
}

/** A folder, or dynamodb://region/table. */
export function logPlace(option: string, text: string): LogPlace {
  if (!text.includes('://')) {
    const file = logFile(text)
    return {
      name: text,
      key: resolve(text),
      read: async () => {
        await requireLog({ log: null, data: text })
        return openSqliteStoredLog({ file })
      },
      copy: (source) => openSqliteCopy(file, source),
    }
  }
  const table = dynamoTable(text)
  if (!table.ok || table.value === null) {
    const wanted = table.ok ? 'must not be empty' : table.error
    throw new CommandFailure(`${option}: must be a folder, or ${wanted.replace('must be ', '')}`, EXIT.usage)
  }
  const options = { ...table.value, requestTimeoutMs: REQUEST_TIMEOUT_MS }
  return {
    name: text,
    key: JSON.stringify(options),
    read: () => openDynamoStoredLog(options),
    copy: (source) => openDynamoCopy(options, source),
  }
}
