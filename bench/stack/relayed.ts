import { setTimeout as sleep } from 'node:timers/promises'
import type { KinesisStream } from '../../src/cli/engineSettings.ts'
import { memoryCheckpoints } from '../../src/feed/aws/consumer/Checkpoints.ts'
import { connectKinesis } from '../../src/feed/aws/consumer/connect.ts'
import { KinesisConsumer } from '../../src/feed/aws/consumer/KinesisConsumer.ts'
import { polledShards } from '../../src/feed/aws/consumer/polledShards.ts'

const LOOK_MS = 250
const GIVE_UP_MS = 60_000

/** Resolves once so many events of the log are in Kinesis, each counted once. Rejects where none comes for a minute. */
export async function relayed(stream: KinesisStream, events: number): Promise<void> {
  const client = connectKinesis(stream)
  const streamName = stream.stream
  const seqs = new Map<string, number>()
  let count = 0
  let cameMs = performance.now()
  const consumer = new KinesisConsumer({
    client,
    streamName,
    reading: polledShards({ client, streamName, pollMs: LOOK_MS }),
    checkpoints: memoryCheckpoints(),
    async apply(records) {
      for (const { stream, seq } of records) {
        const before = seqs.get(stream) ?? 0
        if (seq <= before) continue
        seqs.set(stream, seq)
        count += seq - before
        cameMs = performance.now()
      }
    },
    onTrouble() {},
  })
  try {
    while (count < events) {
      if (performance.now() - cameMs > GIVE_UP_MS)
        throw new Error(`only ${count} of ${events} events came to Kinesis`)
      await sleep(LOOK_MS)
    }
  } finally {
    await consumer.close()
    client.destroy()
  }
}
