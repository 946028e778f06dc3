import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import type { DynamoTable, KinesisStream } from '../../src/cli/engineSettings.ts'
import { connectKinesis } from '../../src/feed/aws/consumer/connect.ts'
import { Publisher } from '../../src/feed/aws/Publisher.ts'
import { platformEntry } from '../../src/feed/aws/platformRecord.ts'
import { rememberedEpochs } from '../../src/feed/aws/relay/epochs.ts'
import { createRelay } from '../../src/feed/aws/relay/relay.ts'
import { connect, Table as LogTable } from '../../src/log/dynamodb/database.ts'
import { storedIn } from '../../src/log/dynamodb/rows.ts'
import { readEpoch } from '../../src/log/dynamodb/schema.ts'
import { StreamSource } from './StreamSource.ts'

export interface RelayHooks {
  readonly onTrouble?: (trouble: unknown) => void
  readonly pollMs?: number
}

/** Of the logs in the tables of this DynamoDB. */
export const epochsIn = (client: DynamoDBClient) =>
  rememberedEpochs((name) => readEpoch(new LogTable(client, name, () => {})))

export interface LocalRelay {
  /** Nothing is carried for so long; then it goes on where it was. */
  stopFor(ms: number): Promise<void>
  close(): Promise<void>
}

/** Carries a table's events to a stream of Kinesis, as the Lambda function does in AWS, until it is closed. */
export async function startRelay(
  { table, region, endpoint }: DynamoTable,
  stream: KinesisStream,
  { onTrouble = () => {}, pollMs }: RelayHooks = {},
): Promise<LocalRelay> {
  const place = { region, ...(endpoint !== null && { endpoint }) }
  const tables = connect(place)
  const { Table } = await tables.send(new DescribeTableCommand({ TableName: table }))
  const streams = new DynamoDBStreamsClient(place)
  const kinesis = connectKinesis(stream)
  const publisher = new Publisher({
    encode: platformEntry,
    client: kinesis,
    streamName: stream.stream,
    onRetry() {},
  })
  const relay = createRelay({
    epochOf: epochsIn(tables),
    storedIn,
    publish: (runs) => publisher.publish(runs),
    onTrouble,
  })
  let stopped: Promise<void> = Promise.resolve()
  const source = new StreamSource({
    client: streams,
    streamArn: Table?.LatestStreamArn ?? '',
    async handler(event) {
      await stopped
      return relay(event)
    },
    onTrouble,
    ...(pollMs !== undefined && { pollMs }),
  })
  return {
    stopFor(ms) {
      stopped = sleep(ms)
      return stopped
    },
    async close() {
      await source.close()
      for (const client of [tables, streams, kinesis]) client.destroy()
    },
  }
}
