import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import type { KinesisStreamHandler } from 'aws-lambda'
import { pino } from 'pino'
import { openDynamoLogReader } from '../../../log/dynamodb/DynamoLogReader.ts'
import { type KinesisEntry, Publisher } from '../Publisher.ts'
import { DynamoMarks } from './DynamoMarks.ts'
import { createTransform } from './transform.ts'

/**
 * The transform as a Lambda function, for an event source mapping from the stream of platform events with ReportBatchItemFailures. A
 * composition root of its own. ROLLCALL_LOG_TABLE names the log's table, ROLLCALL_MARKS_TABLE its own, ROLLCALL_EXTERNAL_STREAM the
 * Kinesis stream; what it logs is JSON.
 */
function setting(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}

const logTable = setting('ROLLCALL_LOG_TABLE')
const marksTable = setting('ROLLCALL_MARKS_TABLE')
const streamName = setting('ROLLCALL_EXTERNAL_STREAM')

const logger = pino({ name: 'rollcall-transform' })

async function open() {
  const log = await openDynamoLogReader({ table: logTable })
  const publisher = new Publisher<KinesisEntry>({
    encode: (entry) => entry,
    client: new KinesisClient({}),
    streamName,
    onRetry: (reason) => logger.warn({ reason }, 'an event is sent again'),
  })
  return createTransform({
    log,
    marks: new DynamoMarks({ client: new DynamoDBClient({}), table: marksTable, epoch: log.epoch }),
    publish: (events) => publisher.publish(events),
    onTrouble: (message) => logger.error(message),
    onHeld: ({ stream, seq, reason }) => logger.error({ held: stream, seq, reason }, 'a stream is held'),
  })
}

let opened: ReturnType<typeof open> | undefined

export const handler = (async (event) => {
  opened ??= open()
  opened.catch(() => {
    opened = undefined
  })
  return (await opened)(event)
}) satisfies KinesisStreamHandler
