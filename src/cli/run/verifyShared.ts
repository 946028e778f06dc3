import { openDynamoLogReader } from '../../log/dynamodb/DynamoLogReader.ts'
import { openPostgresGenerations } from '../../views/postgres/index.ts'
import { CommandFailure } from '../command.ts'
import type { DynamoTable } from '../engineSettings.ts'
import { EXIT } from '../exitCodes.ts'
import { checkTable } from './logIntegrity.ts'
import { opening } from './Parts.ts'
import { openServedViews } from './servedViews.ts'
import type { VerifiedParts } from './VerifiedParts.ts'

/** As `openParts`, of a log in DynamoDB and its views in PostgreSQL. */
export function openSharedParts(table: DynamoTable, url: string): Promise<VerifiedParts> {
  return opening(async (parts) => {
    const log = await parts.open(openDynamoLogReader(table))
    const options = { url, epoch: log.epoch }
    const generations = await parts.open(openPostgresGenerations(options))
    const { views, writer } = await parts.open(openServedViews(options, await generations.serving()))
    if ((await writer.position()) === 0 || (await writer.isLoading())) {
      throw new CommandFailure(
        'the views in PostgreSQL are still being made from the log: a server goes on with that',
        EXIT.unavailable,
      )
    }
    return { log, views, writer, checkLog: () => checkTable(table) }
  })
}
