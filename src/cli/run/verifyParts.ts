import { existsSync } from 'node:fs'
import type { OrderedLogReader } from '../../log/EventLog.ts'
import { openSqliteLogReader } from '../../log/sqlite/SqliteLogReader.ts'
import type { VerifyContext } from '../../verify/context.ts'
import { emptyTally } from '../../verify/problems.ts'
import { openSqliteViewReader, openSqliteViewWriter, SqliteGenerations } from '../../views/sqlite/index.ts'
import { ViewsUnavailable } from '../../views/ViewStore.ts'
import { CommandFailure } from '../command.ts'
import type { Config } from '../config.ts'
import { EXIT } from '../exitCodes.ts'
import { logFile, requireLog } from './logFile.ts'
import { checkFile } from './logIntegrity.ts'
import type { BareParts, Parts, VerifiedParts } from './VerifiedParts.ts'

/** For what is of no use without views. */
export async function openPartsWithViews(config: Config): Promise<VerifiedParts> {
  const parts = await openParts(config)
  if (parts.views !== null) return parts
  await parts.close()
  throw new CommandFailure(
    `${config.data} has no views yet: a server makes them from the log when it starts`,
    EXIT.unavailable,
  )
}

export async function openParts({
  log: table,
  views: url,
  data,
}: Config): Promise<VerifiedParts | BareParts> {
  if (table !== null && url !== null) {
    const { openSharedParts } = await import('./verifyShared.ts')
    return openSharedParts(table, url)
  }
  await requireLog({ log: table, data })
  const log = await openSqliteLogReader({ file: logFile(data) })
  const file = await new SqliteGenerations(data, log.epoch).servingFile()
  try {
    const events = await log.position()
    const checkLog = () => checkFile(logFile(data), events)
    if (!existsSync(file)) return { log, checkLog, views: null, close: () => log.close() }
    const parts: VerifiedParts = { ...(await openFile(log, file)), checkLog }
    if (!(await parts.writer.isLoading())) return parts
    await parts.close()
    throw unfinished(data)
  } catch (error) {
    await log.close()
    if (error instanceof ViewsUnavailable || error instanceof CommandFailure) throw error
    throw new CommandFailure(
      `${file} cannot be used: ${error instanceof Error ? error.message : error}. A server sets it aside when it starts, and builds it anew`,
      EXIT.problems,
    )
  }
}

/** Over a view file, which is made if it does not exist. Closing them closes the log, too. */
export async function openFile(log: OrderedLogReader, file: string): Promise<Parts> {
  const writer = await openSqliteViewWriter({ file })
  const views = await openSqliteViewReader({ file })
  return {
    log,
    views,
    writer,
    close: async () => void (await Promise.all([views.close(), writer.close(), log.close()])),
  }
}

const unfinished = (data: string): CommandFailure =>
  new CommandFailure(
    `the views of ${data} are still being made from the log: a server, or any other command, goes on with that`,
    EXIT.unavailable,
  )

/** In a log of more events, only one row in so many is looked up in every way. */
const SMALL_LOG = 100_000
const SAMPLE = 500

export const sampleOf = (events: number, deep: boolean): VerifyContext['isSampled'] =>
  deep || events <= SMALL_LOG ? () => true : (n) => n % SAMPLE === 0

/** How long an entity that others keep changing is read again. */
const DEADLINE_MS = 10_000

export const contextOf = (
  { log, views, writer }: Pick<VerifyContext, 'log' | 'views'> & Pick<Parts, 'writer'>,
  isSampled: VerifyContext['isSampled'],
): VerifyContext => ({
  log,
  views,
  tally: emptyTally(),
  quarantined: async () => new Set((await writer.quarantined()).map(({ stream }) => stream)),
  isSampled,
  deadlineMs: DEADLINE_MS,
})
