import { existsSync } from 'node:fs'
import type { LogReader } from '../../log/EventLog.ts'
import { openSqliteLogReader } from '../../log/sqlite/SqliteLogReader.ts'
import type { VerifyContext } from '../../verify/context.ts'
import { emptyTally } from '../../verify/problems.ts'
import { viewFile } from '../../views/generations.ts'
import { openSqliteViewReader, openSqliteViewWriter } from '../../views/sqlite/index.ts'
import { type ViewReader, ViewsUnavailable, type ViewWriter } from '../../views/ViewStore.ts'
import { CommandFailure } from '../command.ts'
import type { Config } from '../config.ts'
import { EXIT } from '../exitCodes.ts'
import { logFile } from './directory.ts'

/** Log and views as they are: unlike a directory that is opened to be served, nothing is caught up or built anew. */
export interface Parts {
  readonly log: LogReader
  readonly views: ViewReader
  readonly writer: ViewWriter
  close(): Promise<void>
}

export async function openParts({ data }: Config): Promise<Parts> {
  const log = await openSqliteLogReader({ file: logFile(data) })
  const file = viewFile(data, log.epoch)
  if (!existsSync(file)) {
    await log.close()
    throw new CommandFailure(
      `${data} has no views yet: a server makes them from the log when it starts`,
      EXIT.unavailable,
    )
  }
  try {
    const writer = await openSqliteViewWriter({ file })
    const views = await openSqliteViewReader({ file })
    return {
      log,
      views,
      writer,
      close: async () => void (await Promise.all([views.close(), writer.close(), log.close()])),
    }
  } catch (error) {
    await log.close()
    if (error instanceof ViewsUnavailable) throw error
    throw new CommandFailure(
      `${file} cannot be used: ${error instanceof Error ? error.message : error}. A server sets it aside when it starts, and builds it anew`,
      EXIT.problems,
    )
  }
}

/** How long an entity that others keep changing is read again. */
const DEADLINE_MS = 10_000

export const contextOf = (
  { log, views, writer }: Parts,
  isSampled: VerifyContext['isSampled'],
): VerifyContext => ({
  log,
  views,
  tally: emptyTally(),
  quarantined: async () => new Set((await writer.quarantined()).map(({ stream }) => stream)),
  isSampled,
  deadlineMs: DEADLINE_MS,
})
