import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListStreamsCommand,
} from '@aws-sdk/client-kinesis'
import { until } from '../processes/until.ts'

/** Resolves once it can be written to. Leaves one alone that is there. */
export async function createStream(client: KinesisClient, name: string, shards: number): Promise<void> {
  const { StreamNames = [] } = await client.send(new ListStreamsCommand())
  if (!StreamNames.includes(name)) {
    await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }))
  }
  await untilActive(client, name)
}

/** After it was made, or its shards were split or merged. */
export const untilActive = (client: KinesisClient, name: string): Promise<void> =>
  until(async () => {
    const command = new DescribeStreamSummaryCommand({ StreamName: name })
    return (await client.send(command)).StreamDescriptionSummary?.StreamStatus === 'ACTIVE'
  })
