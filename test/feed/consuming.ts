import { setTimeout as delay } from 'node:timers/promises'
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { expect, onTestFinished } from 'vitest'
import type { StoredEvent } from '../../src/domain/events.ts'
import { type StreamName, userStream } from '../../src/domain/streams.ts'
import { type Checkpoints, memoryCheckpoints } from '../../src/feed/aws/consumer/Checkpoints.ts'
import { KinesisConsumer } from '../../src/feed/aws/consumer/KinesisConsumer.ts'
import type { ShardReading } from '../../src/feed/aws/consumer/ShardReading.ts'
import type { KinesisReader } from '../../src/feed/aws/consumer/shards.ts'
import { Publisher } from '../../src/feed/aws/Publisher.ts'
import { type PlatformRecord, platformEntry } from '../../src/feed/aws/platformRecord.ts'
import { META, TENANT, times } from '../conformance/eventLog/commits.ts'

export const streams = times(12, (n) => userStream(TENANT, `u${n}`))

export const eventAt = (stream: StreamName, seq: number): StoredEvent => ({
  ...{ stream, seq, version: 1, name: 'SetUsername', data: '{}', meta: META },
})

/** The next event of each stream, as one record each. */
export async function publish(client: KinesisClient, streamName: string, seq: number): Promise<void> {
  const publisher = new Publisher({ encode: platformEntry, client, streamName, onRetry: () => {} })
  const records = streams.map((stream) => ({ epoch: null, stream, seq, events: [eventAt(stream, seq)] }))
  expect(await publisher.publish(records)).toEqual([])
}

export interface Asked {
  /** GetRecords, say. */
  readonly operation: string
  readonly input: object
}

/** What becomes of a request on its way. */
export type Meet = (asked: Asked, send: () => Promise<unknown>) => Promise<unknown>

export interface Consuming {
  readonly client: KinesisClient
  readonly streamName: string
  readonly reading: (client: KinesisReader, streamName: string) => ShardReading
  readonly checkpoints?: Checkpoints
  readonly meet?: Meet
  readonly apply?: (records: readonly PlatformRecord[]) => Promise<void>
}

/** A consumer, with what it has applied. */
export function consume({
  client,
  streamName,
  reading,
  checkpoints = memoryCheckpoints(),
  meet = (_, send) => send(),
  apply = async () => {},
}: Consuming) {
  const seen: PlatformRecord[] = []
  const troubles: string[] = []
  const met = {
    send: (...[command, options]: Parameters<KinesisClient['send']>) => {
      const operation = command.constructor.name.replace(/Command$/, '')
      return meet({ operation, input: command.input }, () => client.send(command, options))
    },
  } as unknown as KinesisReader
  const consumer = new KinesisConsumer({
    client: met,
    streamName,
    reading: reading(met, streamName),
    checkpoints,
    apply: async (records) => {
      await apply(records)
      seen.push(...records)
    },
    onTrouble: (error) => troubles.push(error instanceof Error ? error.name : String(error)),
    lookMs: 100,
  })
  onTestFinished(() => consumer.close())
  const seqsOf = (stream: StreamName) =>
    seen.filter((record) => record.stream === stream).map(({ seq }) => seq)
  const reach = async (seq: number) => {
    while (streams.some((stream) => !seqsOf(stream).includes(seq))) await delay(20)
  }
  return { consumer, troubles, seen, seqsOf, reach }
}
