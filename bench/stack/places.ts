import { readConfig } from '../../src/cli/config.ts'
import type { KinesisStream } from '../../src/cli/engineSettings.ts'
import { openDynamoLogReader } from '../../src/log/dynamodb/DynamoLogReader.ts'
import type { Stack } from '../../stack/Stack.ts'
import type { Engines } from '../cpu.ts'

/** Of a stack that has started. */
export interface StackPlaces {
  readonly epoch: string
  /** The URL of the database. */
  readonly views: string
  readonly stream: KinesisStream
}

export const enginesOf = (stack: Stack): Engines => ({
  postgres: stack.part('postgres').pid ?? undefined,
  dynamodb: stack.part('dynamodb').pid ?? undefined,
})

/** Where the stack's own settings lead. */
export async function placesOf({ plan }: Stack): Promise<StackPlaces> {
  const config = readConfig(plan.environment)
  if (!config.ok) throw new Error(config.error)
  const { log: table, views, feed: stream } = config.value
  if (table === null || views === null || stream === null) throw new Error('the stack has no settings')
  const log = await openDynamoLogReader(table)
  await log.close()
  return { epoch: log.epoch, views, stream }
}
