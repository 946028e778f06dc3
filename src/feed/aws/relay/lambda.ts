import { KinesisClient } from '@aws-sdk/client-kinesis'
import type { DynamoDBStreamHandler } from 'aws-lambda'
import { pino } from 'pino'
import { connect, Table } from '../../../log/dynamodb/database.ts'
import { storedIn } from '../../../log/dynamodb/rows.ts'
import { readEpoch } from '../../../log/dynamodb/schema.ts'
import { Publisher } from '../Publisher.ts'
import { platformEntry } from '../platformRecord.ts'
import { rememberedEpochs } from './epochs.ts'
import { createRelay } from './relay.ts'

/**
 * The relay as a Lambda function, for an event source mapping from the table's stream with ReportBatchItemFailures. A composition
 * root of its own. ROLLCALL_PLATFORM_STREAM names the Kinesis stream; what it logs is JSON.
 */
const streamName = process.env.ROLLCALL_PLATFORM_STREAM
if (streamName === undefined) throw new Error('ROLLCALL_PLATFORM_STREAM is not set')

const logger = pino({ name: 'rollcall-relay' })
const publisher = new Publisher({
  encode: platformEntry,
  client: new KinesisClient({}),
  streamName,
  onRetry: (reason) => logger.warn({ reason }, 'a record is sent again'),
})

const client = connect({})

export const handler = createRelay({
  epochOf: rememberedEpochs((table) => readEpoch(new Table(client, table, () => {}))),
  storedIn,
  publish: (runs) => publisher.publish(runs),
  onTrouble: (message) => logger.error(message),
}) satisfies DynamoDBStreamHandler
