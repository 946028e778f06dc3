import { setTimeout as delay } from 'node:timers/promises'
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import type { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { recordedFrom } from '../../src/domain/events.ts'
import { userStream } from '../../src/domain/streams.ts'
import { Publisher } from '../../src/feed/aws/Publisher.ts'
import { type PlatformRecord, platformEntry } from '../../src/feed/aws/platformRecord.ts'
import { createRelay } from '../../src/feed/aws/relay/relay.ts'
import { openDynamoLog } from '../../src/log/dynamodb/DynamoLog.ts'
import { Table } from '../../src/log/dynamodb/database.ts'
import { storedIn } from '../../src/log/dynamodb/rows.ts'
import { readEpoch } from '../../src/log/dynamodb/schema.ts'
import { StreamSource } from '../../stack/lambdas/StreamSource.ts'
import { epochsIn } from '../../stack/lambdas/startRelay.ts'
import {
  append,
  claimOf,
  commitOf,
  record,
  scanAll,
  TENANT,
  times,
  usernames,
} from '../conformance/eventLog/commits.ts'
import { dynamoDbOrSkip, interceptedClient } from '../support/dynamodb.ts'
import { startKinesis } from '../support/kinesis.ts'

const dynamodb = await dynamoDbOrSkip()
const kinesis = dynamodb === null ? null : await startKinesis()
afterAll(() => kinesis?.stop())

type Put = (command: PutRecordsCommand) => Promise<unknown>

/** A table whose events go to a stream, by way of a Kinesis that `put` makes worse. */
async function openRelayed(worse: (put: Put) => Put = (put) => put) {
  if (dynamodb === null || kinesis === null) throw new Error('there are no local engines')
  const { endpoint, region } = dynamodb
  const table = await dynamodb.newTable()
  const stream = await kinesis.newStream(3)
  const log = await openDynamoLog({ table, endpoint, region })
  const retries: string[] = []
  const troubles: unknown[] = []
  const client = { send: worse((command) => kinesis.client.send(command)) } as Pick<KinesisClient, 'send'>
  const publisher = new Publisher({
    encode: platformEntry,
    client,
    streamName: stream,
    onRetry: (reason) => retries.push(reason),
  })
  const { Table } = await dynamodb.client.send(new DescribeTableCommand({ TableName: table }))
  const streams = new DynamoDBStreamsClient({ endpoint, region })
  const onTrouble = (trouble: unknown) => troubles.push(trouble)
  const source = new StreamSource({
    client: streams,
    streamArn: Table?.LatestStreamArn ?? '',
    handler: createRelay({
      epochOf: epochsIn(dynamodb.client),
      storedIn,
      publish: (runs) => publisher.publish(runs),
      onTrouble,
    }),
    onTrouble,
    pollMs: 20,
    batch: 40,
  })
  onTestFinished(async () => {
    await source.close()
    await log.close()
    streams.destroy()
  })
  const shards = async () => (await kinesis.readAll(stream)) as readonly (readonly PlatformRecord[])[]
  return { log, retries, troubles, shards }
}

async function until<A>(read: () => Promise<A>, isRight: (value: A) => boolean): Promise<A> {
  for (;;) {
    const value = await read()
    if (isRight(value)) return value
    await delay(50)
  }
}

const eventsIn = (shards: readonly (readonly PlatformRecord[])[]) =>
  shards.flat().flatMap(({ events }) => events)
const distinct = (shards: readonly (readonly PlatformRecord[])[]) =>
  new Map(eventsIn(shards).map((event) => [`${event.stream} ${event.seq}`, event]))

const streams = times(6, (n) => userStream(TENANT, `u${n}`))
const commitAt = (seq: number) =>
  commitOf({
    appends: streams.map((stream) => append(stream, seq, ...usernames(3, `${seq}-`))),
    claims: [claimOf('1', `name${seq}`)],
    idempotency: [record(`k${seq}`)],
  })

describe.skipIf(dynamodb === null)('from DynamoDB Streams to Kinesis', () => {
  it('every event comes, in the order of its stream', async () => {
    const { log, shards, troubles } = await openRelayed()
    for (const round of times(10, (n) => n)) await log.commit(commitAt(round * 3))
    const wanted = await scanAll(log)
    const found = await until(shards, (seen) => distinct(seen).size === wanted.length)
    const events = eventsIn(found)
    for (const stream of streams) {
      expect(events.filter((event) => event.stream === stream).map(recordedFrom)).toEqual(
        wanted.filter((event) => event.stream === stream),
      )
    }
    expect(new Set(found.flat().map(({ epoch }) => epoch))).toEqual(new Set([log.epoch]))
    expect(troubles).toEqual([])
  })

  it('nothing is lost or out of order where Kinesis takes a part of what it is given, or fails', async () => {
    let calls = 0
    const { log, shards, retries } = await openRelayed((put) => async (command) => {
      calls += 1
      if (calls % 4 === 0) throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' })
      const records = command.input.Records ?? []
      const refused = records.map((_, index) => (index + calls) % 3 === 0)
      const taken = records.filter((_, index) => !refused[index])
      if (taken.length > 0) await put(Object.assign(command, { input: { ...command.input, Records: taken } }))
      return {
        Records: refused.map((no) => (no ? { ErrorCode: 'ProvisionedThroughputExceededException' } : {})),
      }
    })
    for (const round of times(5, (n) => n)) await log.commit(commitAt(round * 3))
    const wanted = await scanAll(log)
    const found = await until(shards, (seen) => distinct(seen).size === wanted.length)
    for (const stream of streams) expectNoGap(eventsIn(found).filter((event) => event.stream === stream))
    expect(new Set(retries)).toEqual(
      new Set(['ThrottlingException', 'ProvisionedThroughputExceededException']),
    )
  })

  it('what was given up comes again from there', async () => {
    let isDown = true
    const { log, shards, troubles } = await openRelayed((put) => (command) => {
      if (isDown) return Promise.reject(new Error('down'))
      return put(command)
    })
    await log.commit(commitAt(0))
    await until(
      async () => troubles.length,
      (reported) => reported > 0,
    )
    isDown = false
    const found = await until(shards, (seen) => distinct(seen).size === streams.length * 3)
    for (const stream of streams) expectNoGap(eventsIn(found).filter((event) => event.stream === stream))
  })
})

describe.skipIf(dynamodb === null)('the epoch', () => {
  it('is read from a table without the secret beside it, and is not made up', async () => {
    if (dynamodb === null) return
    const { client, endpoint, region } = dynamodb
    const name = await dynamodb.newTable()
    const asked: Record<string, unknown>[] = []
    const watched = interceptedClient(dynamodb, async ({ input, send }) => {
      asked.push(input)
      return send()
    })
    const table = new Table(watched, name, () => {})
    await expect(readEpoch(table)).rejects.toThrow(`There is no log in the table ${name}`)
    const log = await openDynamoLog({ table: name, endpoint, region })
    onTestFinished(() => log.close())
    expect(await readEpoch(table)).toBe(log.epoch)
    expect(await epochsIn(client)(`:table/${name}/stream/now`)).toBe(log.epoch)
    const wanted = { ProjectionExpression: '#it', ExpressionAttributeNames: { '#it': 'epoch' } }
    expect(asked).toEqual([expect.objectContaining(wanted), expect.objectContaining(wanted)])
    watched.destroy()
  })
})

/** Each event is the next one, or was there before. */
function expectNoGap(events: readonly { readonly seq: number }[]): void {
  let newest = 0
  for (const { seq } of events) {
    expect(seq).toBeLessThanOrEqual(newest + 1)
    newest = Math.max(newest, seq)
  }
}
