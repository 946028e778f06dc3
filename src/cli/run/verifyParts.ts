import { existsSync } from 'node:fs'
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
import { opening } from './Parts.ts'
import type { BareParts, VerifiedParts } from './VerifiedParts.ts'

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
  return opening(async (parts) => {
    const log = await parts.open(openSqliteLogReader({ file: logFile(data) }))
    const file = await new SqliteGenerations(data, log.epoch).servingFile()
    try {
      const events = await log.position()
      const checkLog = () => checkFile(logFile(data), events)
      if (!existsSync(file)) return { log, checkLog, views: null }
      const writer = await parts.open(openSqliteViewWriter({ file }))
      const views = await parts.open(openSqliteViewReader({ file }))
      if (await writer.isLoading()) throw unfinished(data)
      return { log, checkLog, views, writer }
    } catch (error) {
      if (error instanceof ViewsUnavailable || error instanceof CommandFailure) throw error
      throw new CommandFailure(
        `${file} cannot be used: ${error instanceof Error ? error.message : error}. A server sets it aside when it starts, and builds it anew`,
        EXIT.problems,
      )
    }
  })
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
  { log, views, writer }: Pick<VerifiedParts, 'log' | 'views' | 'writer'>,
  isSampled: VerifyContext['isSampled'],
): VerifyContext => ({
  log,
  views,
  tally: emptyTally(),
  quarantined: async () => new Set((await writer.quarantined()).map(({ stream }) => stream)),
  isSampled,
  deadlineMs: DEADLINE_MS,
})
