import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { userStream } from '../../src/domain/streams.ts'
import { memoryCheckpoints } from '../../src/feed/aws/consumer/Checkpoints.ts'
import { connectKinesis } from '../../src/feed/aws/consumer/connect.ts'
import { KinesisConsumer } from '../../src/feed/aws/consumer/KinesisConsumer.ts'
import { polledShards } from '../../src/feed/aws/consumer/polledShards.ts'
import { Publisher } from '../../src/feed/aws/Publisher.ts'
import { type PlatformRecord, platformEntry } from '../../src/feed/aws/platformRecord.ts'
import { openDynamoLog } from '../../src/log/dynamodb/DynamoLog.ts'
import { ann, appendOf, seqs, TENANT, times, upTo, usernames } from '../conformance/eventLog/commits.ts'
import { eventAt, streams } from '../feed/consuming.ts'
import { AwsProxy } from '../support/aws/AwsProxy.ts'
import { Dropped } from '../support/aws/Dropped.ts'
import { DYNAMODB_HAZARDS } from '../support/aws/dynamodbHazards.ts'
import { Hazards } from '../support/aws/Hazards.ts'
import { KINESIS_HAZARDS } from '../support/aws/kinesisHazards.ts'
import { Client, CREATE_USER } from '../support/client.ts'
import { dynamoDbOrSkip, placeOf } from '../support/dynamodb.ts'
import { startKinesis } from '../support/kinesis.ts'
import { postgresOrSkip } from '../support/postgres.ts'
import { startShared } from '../support/server.ts'

const dynamodb = await dynamoDbOrSkip()
const postgres = await postgresOrSkip()
const kinesis = dynamodb === null ? null : await startKinesis()
afterAll(() => kinesis?.stop())

const ALWAYS = 1
/** Of faults there are those that the test wants: a busy machine adds none. */
const PATIENCE_MS = 60_000

/** A log behind a wire on which these hazards wait. */
async function openLog() {
  if (dynamodb === null) throw new Error('DynamoDB Local is not there')
  const hazards = new Hazards(DYNAMODB_HAZARDS, ALWAYS)
  const wire = await AwsProxy.open(dynamodb.endpoint, hazards.meet)
  const retries: string[] = []
  const { region } = dynamodb
  const table = await dynamodb.newTable()
  const onRetry = (reason: string) => retries.push(reason)
  const connection = { region, endpoint: wire.endpoint, requestTimeoutMs: PATIENCE_MS }
  const log = await openDynamoLog({ table, ...connection, onRetry })
  onTestFinished(async () => {
    await log.close()
    await wire.close()
  })
  return { log, hazards, retries }
}

describe.skipIf(dynamodb === null)('on the wire to DynamoDB', () => {
  test.each([
    ['throttled', 'throttled'],
    ['inConflict', 'conflict'],
    ['answerIsLost', 'unanswered'],
    ['requestIsLost', 'unanswered'],
  ] as const)('a commit is made again, and happens once: %s', async (hazard, reason) => {
    const { log, hazards, retries } = await openLog()
    for (const n of times(4, (n) => n)) {
      hazards.lay(hazard, 2)
      const commit = appendOf(ann, n * 3, ...usernames(3))
      expect(await log.commit(commit)).toMatchObject({ kind: 'committed', written: [[ann, n * 3 + 3]] })
      await hazards.clear()
    }
    expect(hazards.struck(hazard)).toBe(8)
    expect(retries).toEqual(Array(8).fill(reason))
    expect(seqs(await log.read(ann, 0, 100))).toEqual(upTo(12))
  })

  test('a commit that comes late is waited for', async () => {
    const { log, hazards, retries } = await openLog()
    hazards.lay('late', 1)
    expect(await log.commit(appendOf(ann, 0, ...usernames(3)))).toMatchObject({ kind: 'committed' })
    expect(hazards.struck('late')).toBe(1)
    await hazards.clear()
    expect(seqs(await log.read(ann, 0, 100))).toEqual(upTo(3))
    expect(retries).toEqual([])
  })

  test('a batch that is answered in part is asked for the rest', async () => {
    const { log, hazards, retries } = await openLog()
    const streams = times(20, (n) => userStream(TENANT, `u${n}`))
    await Promise.all(streams.map((stream) => log.commit(appendOf(stream, 0, ...usernames(1)))))
    hazards.lay('readInPart', 3)
    expect(await log.seqs(streams)).toEqual(times(20, () => 1))
    expect(hazards.struck('readInPart')).toBe(3)
    expect(retries).toEqual(Array(3).fill('partial'))
  })
})

describe.skipIf(dynamodb === null || postgres === null)('a gateway', () => {
  test('says in /metrics how often it has asked the log again, and why', async () => {
    if (dynamodb === null || postgres === null) throw new Error('an engine is not there')
    const hazards = new Hazards(DYNAMODB_HAZARDS, ALWAYS)
    const wire = await AwsProxy.open(dynamodb.endpoint, hazards.meet)
    const table = await dynamodb.newTable()
    const server = await startShared({
      ROLLCALL_LOG: placeOf({ region: dynamodb.region, endpoint: wire.endpoint }, table),
      ROLLCALL_VIEWS: postgres.url,
    })
    onTestFinished(async () => {
      await server.close()
      await wire.close()
    })
    const client = new Client(server.url, server.operatorKey)
    for (const hazard of ['throttled', 'inConflict'] as const) {
      hazards.lay(hazard, 3)
      await client.ask(CREATE_USER, { input: { username: hazard } })
    }
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(metrics).toContain('rollcall_log_retries_total{reason="throttled"} 3')
    expect(metrics).toContain('rollcall_log_retries_total{reason="conflict"} 3')
  })
})

/** A stream that is written and read by way of a wire. */
async function openStream() {
  if (kinesis === null) throw new Error('kinesis-local is not there')
  const hazards = new Hazards(KINESIS_HAZARDS, ALWAYS)
  const dropped = new Dropped()
  const wire = await AwsProxy.open(kinesis.endpoint, dropped.around(hazards.meet))
  const streamName = await kinesis.newStream(1)
  const client = connectKinesis({ region: 'us-east-1', endpoint: wire.endpoint })
  const retries: string[] = []
  const publisher = new Publisher({
    encode: platformEntry,
    client,
    streamName,
    onRetry: (reason) => retries.push(reason),
  })
  const seen: PlatformRecord[] = []
  const troubles: string[] = []
  const consume = () => {
    const consumer = new KinesisConsumer({
      ...{ client, streamName, checkpoints: memoryCheckpoints(), lookMs: 100 },
      reading: polledShards({ client, streamName, pollMs: 20 }),
      apply: async (records) => void seen.push(...records),
      onTrouble: (error) => troubles.push(error instanceof Error ? error.name : String(error)),
    })
    onTestFinished(() => consumer.close())
  }
  onTestFinished(async () => {
    client.destroy()
    await wire.close()
  })
  const publish = async (seq: number) =>
    publisher.publish(streams.map((stream) => ({ epoch: null, stream, seq, events: [eventAt(stream, seq)] })))
  const told = (stream: string) => seen.filter((record) => record.stream === stream).map(({ seq }) => seq)
  const untilSeen = async (holds: () => boolean) => {
    while (!holds()) await delay(10)
  }
  return { hazards, dropped, retries, troubles, seen, publish, consume, told, untilSeen }
}

describe.skipIf(kinesis === null)('on the wire to Kinesis', () => {
  test('of a batch that is taken in part, the rest is put again, and nothing twice', async () => {
    const { hazards, retries, publish, consume, told, untilSeen } = await openStream()
    hazards.lay('putInPart', 2)
    expect(await publish(1)).toEqual([])
    expect(hazards.struck('putInPart')).toBe(2)
    expect(retries.length).toBeGreaterThanOrEqual(2)
    for (const reason of retries) {
      expect(['ProvisionedThroughputExceededException', 'InternalFailure']).toContain(reason)
    }
    consume()
    await untilSeen(() => streams.every((stream) => told(stream).length > 0))
    for (const stream of streams) expect(told(stream)).toEqual([1])
  })

  test('a batch that is throttled, or whose answer is lost, is put again', async () => {
    const { hazards, retries, publish, consume, told, untilSeen } = await openStream()
    hazards.lay('throttled', 1)
    expect(await publish(1)).toEqual([])
    hazards.lay('answerIsLost', 1)
    expect(await publish(2)).toEqual([])
    // Of a connection that is cut, the SDK's own handler says so.
    expect(retries).toEqual(['ProvisionedThroughputExceededException', 'TimeoutError'])
    consume()
    await untilSeen(() => streams.every((stream) => told(stream).includes(2)))
    for (const stream of streams) expect(told(stream)).toEqual([1, 2, 2])
  })

  test.each([
    ['throttled', 'ProvisionedThroughputExceededException'],
    ['iteratorExpired', 'ExpiredIteratorException'],
    ['neverAnswered', 'TimeoutError'],
  ] as const)('reading goes on from where it was: %s', async (hazard, trouble) => {
    const { hazards, troubles, publish, consume, told, untilSeen } = await openStream()
    consume()
    for (const seq of upTo(2)) {
      await publish(seq)
      hazards.lay(hazard, 1)
      await untilSeen(() => streams.every((stream) => told(stream).includes(seq)))
      await untilSeen(() => troubles.length === seq)
    }
    expect(hazards.struck(hazard)).toBe(2)
    expect(troubles).toEqual([trouble, trouble])
    for (const stream of streams) expect(told(stream)).toEqual(upTo(2))
  })

  test('records come twice, from the last to the first, and not at all', async () => {
    const { hazards, dropped, publish, consume, seen, told, untilSeen } = await openStream()
    await publish(1)
    hazards.lay('recordsTwice', 1)
    consume()
    await untilSeen(() => seen.length === 2 * streams.length)
    hazards.lay('recordsReversed', 1)
    const before = seen.length
    await publish(2)
    await untilSeen(() => seen.length === before + streams.length)
    expect(seen.slice(before).map(({ stream }) => stream)).toEqual(streams.toReversed())
    const [lost = '', kept = ''] = streams
    dropped.drop(1, (stream) => stream === lost)
    await publish(3)
    await publish(4)
    await untilSeen(() => told(lost).includes(4))
    expect(told(lost)).toEqual([1, 1, 2, 4])
    expect(told(kept)).toEqual([1, 1, 2, 3, 4])
    expect(dropped.count).toBe(1)
  })
})
