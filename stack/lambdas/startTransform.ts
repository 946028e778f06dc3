import type { DynamoTable, KinesisStream } from '../../src/cli/engineSettings.ts'
import { connectKinesis } from '../../src/feed/aws/consumer/connect.ts'
import { openDynamoLogReader } from '../../src/log/dynamodb/DynamoLogReader.ts'
import { connect } from '../../src/log/dynamodb/database.ts'
import { transformSource } from './transformSource.ts'

export interface TransformTarget {
  readonly marksTable: string
  /** In the same Kinesis as the platform's stream. */
  readonly externalStream: string
  readonly onTrouble: (trouble: unknown) => void
}

/** Kinesis may be asked five times a second and shard: the synchroniser does as well. */
const POLL_MS = 500

/** Opens what the transform needs, and runs it until it is closed. */
export async function startTransform(
  table: DynamoTable,
  platform: KinesisStream,
  { onTrouble, ...target }: TransformTarget,
): Promise<{ close(): Promise<void> }> {
  const log = await openDynamoLogReader(table)
  const tables = connect(table)
  const kinesis = connectKinesis(platform)
  const source = transformSource({
    ...{ log, tables, kinesis, onTrouble, ...target },
    platformStream: platform.stream,
    onHeld: ({ stream, seq, reason }) => onTrouble(`${stream} is held at ${seq}: ${reason}`),
    pollMs: POLL_MS,
  })
  return {
    async close() {
      await source.close()
      for (const client of [tables, kinesis]) client.destroy()
      await log.close()
    },
  }
}
