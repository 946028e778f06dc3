import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { DynamoMarks } from '../../src/feed/aws/external/DynamoMarks.ts'
import type { Held } from '../../src/feed/aws/external/Marks.ts'
import { createTransform } from '../../src/feed/aws/external/transform.ts'
import { type KinesisEntry, Publisher } from '../../src/feed/aws/Publisher.ts'
import type { LogReader } from '../../src/log/EventLog.ts'
import { KinesisSource } from './KinesisSource.ts'

export interface TransformParts {
  readonly log: LogReader
  readonly tables: DynamoDBClient
  readonly kinesis: KinesisClient
  /** Of the stream of external events, where it is to be another one than that of the platform's. */
  readonly publishing?: Pick<KinesisClient, 'send'>
  readonly marksTable: string
  readonly platformStream: string
  readonly externalStream: string
  readonly onTrouble: (trouble: unknown) => void
  readonly onHeld: (held: Held) => void
  readonly pollMs: number
}

/** Makes external events of the platform's, as the Lambda function does in AWS, until it is closed. What it is given stays open. */
export function transformSource(parts: TransformParts): KinesisSource {
  const { log, tables, kinesis, publishing = kinesis, marksTable, onTrouble, onHeld, pollMs } = parts
  const publisher = new Publisher<KinesisEntry>({
    encode: (entry) => entry,
    client: publishing,
    streamName: parts.externalStream,
    onRetry() {},
  })
  const handler = createTransform({
    log,
    marks: new DynamoMarks({ client: tables, table: marksTable, epoch: log.epoch }),
    publish: (events) => publisher.publish(events),
    onTrouble,
    onHeld,
  })
  return new KinesisSource({ client: kinesis, streamName: parts.platformStream, handler, onTrouble, pollMs })
}
