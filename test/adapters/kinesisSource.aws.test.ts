import { setTimeout as delay } from 'node:timers/promises'
import { PutRecordCommand } from '@aws-sdk/client-kinesis'
import type { KinesisStreamEvent } from 'aws-lambda'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { KinesisSource } from '../../stack/lambdas/KinesisSource.ts'
import { times } from '../conformance/eventLog/commits.ts'
import { split, startKinesis } from '../support/kinesis.ts'

const kinesis = await startKinesis()
afterAll(kinesis.stop)

const { client } = kinesis
const keys = times(8, (n) => `key ${n}`)

/** A text for each key. */
async function put(StreamName: string, text: string): Promise<void> {
  for (const key of keys) {
    await client.send(new PutRecordCommand({ StreamName, PartitionKey: key, Data: Buffer.from(text) }))
  }
}

/** The texts of each key that a function was done with, which answers as told. */
function given(streamName: string, failing: (event: KinesisStreamEvent, call: number) => number | null) {
  const seen = new Map(keys.map((key) => [key, [] as string[]]))
  const troubles: unknown[] = []
  let calls = 0
  const source = new KinesisSource({
    client,
    streamName,
    handler: async (event) => {
      const failed = failing(event, ++calls)
      for (const { kinesis } of event.Records.slice(0, failed ?? undefined)) {
        seen.get(kinesis.partitionKey)?.push(Buffer.from(kinesis.data, 'base64').toString())
      }
      const itemIdentifier = event.Records[failed ?? -1]?.kinesis.sequenceNumber
      return { batchItemFailures: itemIdentifier === undefined ? [] : [{ itemIdentifier }] }
    },
    onTrouble: (error) => troubles.push(error),
    pollMs: 20,
    batch: 5,
  })
  onTestFinished(() => source.close())
  const reach = async (texts: readonly string[]) => {
    while ([...seen.values()].some((own) => own.length < texts.length)) await delay(20)
    for (const own of seen.values()) expect(own).toEqual(texts)
  }
  return { reach, troubles }
}

it('gives a function all records, in order, as Lambda does, across a split', async () => {
  const stream = await kinesis.newStream(1)
  await put(stream, 'before')
  await split(client, stream)
  await put(stream, 'after')
  const { reach, troubles } = given(stream, () => null)
  await reach(['before', 'after'])
  expect(troubles).toEqual([])
})

it('comes again from the record that is reported, and with all of them where the function breaks', async () => {
  const stream = await kinesis.newStream(2)
  for (const text of ['1', '2', '3']) await put(stream, text)
  const { reach, troubles } = given(stream, ({ Records }, call) => {
    if (call % 3 === 0) throw new Error('broken')
    return call % 3 === 1 ? Math.min(2, Records.length - 1) : null
  })
  await reach(['1', '2', '3'])
  expect(troubles.length).toBeGreaterThan(0)
})
