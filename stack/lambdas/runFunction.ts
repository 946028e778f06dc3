import { type Config, readConfig } from '../../src/cli/config.ts'
import type { DynamoTable, KinesisStream } from '../../src/cli/engineSettings.ts'
import { createLogger } from '../../src/cli/logger.ts'
import { seldom } from '../../src/cli/run/shared.ts'
import { stopSignal } from '../../src/cli/run/stopSignal.ts'

type Start = (
  log: DynamoTable,
  platform: KinesisStream,
  onTrouble: (trouble: unknown) => void,
) => Promise<{ close(): Promise<void> }>

/** What is a Lambda function in AWS, as a process that can be stopped and killed. It finds the stack in the environment. */
export async function runFunction(name: string, start: Start): Promise<void> {
  const stopped = stopSignal()
  const { log, feed, logLevel } = settings()
  if (log === null || feed === null) throw new Error('ROLLCALL_LOG and ROLLCALL_FEED must be set')
  const logger = createLogger(logLevel)
  const running = await start(
    log,
    feed,
    seldom((trouble) => logger.warn(trouble)),
  )
  logger.info({ table: log.table, stream: feed.stream }, `${name} is running`)
  await stopped
  await running.close()
}

function settings(): Config {
  const config = readConfig(process.env)
  if (config.ok) return config.value
  throw new Error(config.error)
}
