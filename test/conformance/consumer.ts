import { setTimeout as delay } from 'node:timers/promises'
import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { describe, expect, test } from 'vitest'
import { memoryCheckpoints } from '../../src/feed/aws/consumer/Checkpoints.ts'
import type { ShardReading } from '../../src/feed/aws/consumer/ShardReading.ts'
import { type KinesisReader, streamMadeAt } from '../../src/feed/aws/consumer/shards.ts'
import type { PlatformRecord } from '../../src/feed/aws/platformRecord.ts'
import { consume, type Meet, publish, streams } from '../feed/consuming.ts'
import type { LocalKinesis } from '../support/kinesis.ts'
import { makeAgain, merge, split } from '../support/kinesis.ts'
import { upTo } from './eventLog/commits.ts'

/** A way to read the shards of a stream in kinesis-local. */
export interface Way {
  readonly title: string
  /** By which a consumer reaches it. */
  readonly client: KinesisClient
  reading(client: KinesisReader, streamName: string): ShardReading
  /** What it asks for records with, and how that is refused. */
  readonly asks: { readonly operation: string; readonly refusals: readonly [string, string] }
}

/** What a consumer promises, however it reads. */
export function consumerConformance({ client, newStream }: LocalKinesis, way: Way): void {
  const start = (options: Omit<Parameters<typeof consume>[0], 'client' | 'reading'>) =>
    consume({ client: way.client, reading: way.reading, ...options })

  describe(way.title, () => {
    test('reads every shard from its beginning, each stream in order', async () => {
      const streamName = await newStream(3)
      await publish(client, streamName, 1)
      const { seqsOf, reach, troubles } = start({ streamName })
      for (const seq of [2, 3, 4]) await publish(client, streamName, seq)
      await reach(4)
      for (const stream of streams) expect(seqsOf(stream)).toEqual(upTo(4))
      expect(troubles).toEqual([])
    })

    test('reads what came before a split or a merge before what came after', async () => {
      const streamName = await newStream(1)
      await publish(client, streamName, 1)
      await split(client, streamName)
      await publish(client, streamName, 2)
      await merge(client, streamName)
      await publish(client, streamName, 3)
      // The older the slower, so that whoever did not wait for the parents would be ahead of them.
      const apply = ([first]: readonly PlatformRecord[]) =>
        delay(first === undefined ? 0 : 400 / first.seq ** 2)
      const { seqsOf, reach } = start({ streamName, apply })
      await reach(3)
      for (const stream of streams) expect(seqsOf(stream)).toEqual(upTo(3))
      await split(client, streamName)
      await publish(client, streamName, 4)
      await reach(4)
      for (const stream of streams) expect(seqsOf(stream)).toEqual(upTo(4))
    })

    test('goes on from its checkpoint, in another process', async () => {
      const streamName = await newStream(2)
      const checkpoints = memoryCheckpoints()
      await publish(client, streamName, 1)
      const first = start({ streamName, checkpoints })
      await first.reach(1)
      await first.consumer.close()
      await publish(client, streamName, 2)
      const second = start({ streamName, checkpoints })
      await second.reach(2)
      for (const stream of streams) expect(second.seqsOf(stream)).toEqual([2])
    })

    test('reads a stream that replaces another from its beginning, also where shards of the other had ended', async () => {
      const checkpoints = memoryCheckpoints()
      const streamName = await newStream(1)
      await publish(client, streamName, 1)
      await split(client, streamName)
      await publish(client, streamName, 2)
      const going = start({ streamName, checkpoints })
      await going.reach(2)
      await makeAgain(client, streamName, 1)
      await publish(client, streamName, 3)
      await going.reach(3)
      await going.consumer.close()
      await makeAgain(client, streamName, 2)
      await publish(client, streamName, 4)
      const later = start({ streamName, checkpoints })
      await later.reach(4)
      for (const stream of streams)
        expect([going, later].map(({ seqsOf }) => seqsOf(stream))).toEqual([[1, 2, 3], [4]])
    })

    test('loses nothing to refusals, or to an `apply` that fails', async () => {
      const streamName = await newStream(2)
      const { operation, refusals } = way.asks
      const named = (name: string) => Object.assign(new Error(name), { name })
      let calls = 0
      const meet: Meet = (asked, send) => {
        if (asked.operation !== operation) return send()
        calls += 1
        const refused = refusals[(calls % 5) - 1]
        return refused === undefined ? send() : Promise.reject(named(refused))
      }
      let applied = 0
      const apply = async () => {
        applied += 1
        if (applied % 3 === 1) throw named('ViewsUnavailable')
      }
      const { seqsOf, reach, troubles } = start({ streamName, meet, apply })
      for (const seq of upTo(6)) await publish(client, streamName, seq)
      await reach(6)
      for (const stream of streams) expect(seqsOf(stream)).toEqual(upTo(6))
      expect(new Set(troubles)).toEqual(new Set([...refusals, 'ViewsUnavailable']))
    })

    test('moves its checkpoint when records are applied, and not before', async () => {
      const streamName = await newStream(1)
      const checkpoints = memoryCheckpoints()
      await publish(client, streamName, 1)
      const failing = start({
        streamName,
        checkpoints,
        apply: () => Promise.reject(new Error('never')),
      })
      while (failing.troubles.length < 3) await delay(10)
      await failing.consumer.close()
      const madeAt = await streamMadeAt(client, streamName)
      expect(await checkpoints.load(`${madeAt}/shardId-000000000000`)).toBeNull()
      const { seqsOf, reach } = start({ streamName, checkpoints })
      await reach(1)
      expect(await checkpoints.load(`${madeAt}/shardId-000000000000`)).not.toBeNull()
      for (const stream of streams) expect(seqsOf(stream)).toEqual([1])
    })

    test('passes by what is no record', async () => {
      const streamName = await newStream(1)
      await publish(client, streamName, 1)
      const Records = [{ Data: Buffer.from('{"format":99}'), PartitionKey: 'x' }]
      await client.send(new PutRecordsCommand({ StreamName: streamName, Records }))
      await publish(client, streamName, 2)
      const { seqsOf, reach, troubles } = start({ streamName })
      await reach(2)
      for (const stream of streams) expect(seqsOf(stream)).toEqual([1, 2])
      expect(troubles).toEqual(['Error'])
    })
  })
}
