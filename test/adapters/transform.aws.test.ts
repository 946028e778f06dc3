import { setTimeout as delay } from 'node:timers/promises'
import { type KinesisClient, PutRecordCommand, type PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { afterAll, afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { keysStream, type StreamName, userStream } from '../../src/domain/streams.ts'
import { DynamoMarks } from '../../src/feed/aws/external/DynamoMarks.ts'
import { createMarksTable } from '../../src/feed/aws/external/marksTable.ts'
import { Publisher } from '../../src/feed/aws/Publisher.ts'
import { type PlatformRecord, platformEntry } from '../../src/feed/aws/platformRecord.ts'
import type { CloudEvent } from '../../src/feed/cloudEvent.ts'
import { openDynamoLog } from '../../src/log/dynamodb/DynamoLog.ts'
import { createTable } from '../../src/log/dynamodb/schema.ts'
import { append, commitOf, TENANT, times, upTo, usernames } from '../conformance/eventLog/commits.ts'
import { validateEvent } from '../feed/eventSchemas.ts'
import { API_KEY } from '../feed/told.ts'
import { batchOf } from '../feed/transformWorld.ts'
import { dynamoDbOrSkip } from '../support/dynamodb.ts'
import { split, startKinesis } from '../support/kinesis.ts'
import { startRelay } from '../support/relay.ts'
import { startTransform } from '../support/transform.ts'

const dynamodb = await dynamoDbOrSkip()
const kinesis = dynamodb === null ? null : await startKinesis()
afterAll(() => kinesis?.stop())

const streams = times(6, (n) => userStream(TENANT, `u${n}`))
const last = streams.at(-1) as StreamName

let tables = 0

/** A log, both streams, and a table of marks. */
async function openWorld() {
  if (dynamodb === null || kinesis === null) throw new Error('there are no local engines')
  const { client } = kinesis
  const table = await dynamodb.newTable()
  const marksTable = `marks-${++tables}`
  await createMarksTable(dynamodb.client, marksTable)
  const [platform, external] = [await kinesis.newStream(2), await kinesis.newStream(2)]
  const log = await openDynamoLog({ table, endpoint: dynamodb.endpoint, region: dynamodb.region })
  onTestFinished(() => log.close())

  /** The next three events of every stream. */
  const commit = async () => {
    const [expected = 0] = await log.seqs(streams)
    await log.commit(
      commitOf({
        appends: streams.map((stream) => append(stream, expected, ...usernames(3, `${expected}-`))),
      }),
    )
  }
  const relay = async () => {
    const relay = await startRelay(dynamodb, kinesis, { table, stream: platform })
    onTestFinished(() => relay.close())
  }
  const publisher = new Publisher({ encode: platformEntry, client, streamName: platform, onRetry() {} })
  /** These events of the streams, in this order, as a careless relay might. */
  const deliver = async (...seqs: number[]) => {
    for (const seq of seqs) {
      const records = streams.map((stream): PlatformRecord => ({ epoch: log.epoch, stream, seq, events: [] }))
      expect(await publisher.publish(records)).toEqual([])
    }
  }
  const transform = (publishing?: Pick<KinesisClient, 'send'>) => {
    const transform = startTransform({
      ...{ log, tables: dynamodb.client, kinesis: client, marksTable },
      ...{ platformStream: platform, externalStream: external, ...(publishing && { publishing }) },
    })
    onTestFinished(() => transform.close())
    return transform
  }
  const published = async () => {
    const decode = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString()) as CloudEvent
    return (await kinesis.readAll(external, decode)).flat()
  }
  const seqsOf = (events: readonly CloudEvent[], stream: string) =>
    events.filter(({ partitionkey }) => partitionkey === stream).map(({ sequence }) => Number(sequence))
  /** Once every stream's event with this seq has come: what has, in order. */
  const reach = async (seq: number) => {
    for (;;) {
      const events = await published()
      if (streams.every((stream) => seqsOf(events, stream).includes(seq))) return events
      await delay(200)
    }
  }
  /** By stream, the seqs in the order in which they first came. */
  const firsts = (events: readonly CloudEvent[]) =>
    streams.map((stream) => [...new Set(seqsOf(events, stream))])
  const marks = new DynamoMarks({ client: dynamodb.client, table: marksTable, epoch: log.epoch })
  return { client, log, platform, commit, relay, deliver, transform, marks, reach, published, seqsOf, firsts }
}

describe.skipIf(dynamodb === null)('from platform events to external ones', () => {
  it('every public event of the log comes once, in order, in the form that is published', async () => {
    const { log, commit, relay, transform, reach, seqsOf } = await openWorld()
    const keys = keysStream(TENANT, 'u1')
    await log.commit(commitOf({ appends: [append(keys, 0, API_KEY)] }))
    await relay()
    const { troubles } = transform()
    for (const _ of times(4, () => null)) await commit()
    const events = await reach(12)
    for (const event of events) validateEvent(event)
    for (const stream of streams) expect(seqsOf(events, stream)).toEqual(upTo(12))
    expect(events.length).toBe(12 * streams.length)
    expect(troubles).toEqual([])
  })

  it('what comes twice, late or not at all is published once and in order, across a split', async () => {
    const { client, platform, commit, deliver, transform, reach, seqsOf } = await openWorld()
    for (const _ of times(3, () => null)) await commit()
    await deliver(4, 2, 4)
    await split(client, platform)
    await deliver(3, 9, 1)
    transform()
    const events = await reach(9)
    for (const stream of streams) expect(seqsOf(events, stream)).toEqual(upTo(9))
  })

  it('one that begins again reads everything again, and publishes what is new', async () => {
    const { commit, deliver, transform, marks, reach, seqsOf } = await openWorld()
    await commit()
    await deliver(3)
    const first = transform()
    await reach(3)
    await first.close()
    expect(await marks.load([...streams, userStream(TENANT, 'nobody')])).toEqual(
      new Map(streams.map((stream) => [stream, 3])),
    )
    await commit()
    await deliver(6)
    transform()
    const events = await reach(6)
    for (const stream of streams) expect(seqsOf(events, stream)).toEqual(upTo(6))
  })

  it('nothing is lost or out of order where Kinesis takes a part of what it is given, or fails', async () => {
    const { client, commit, relay, transform, reach, firsts } = await openWorld()
    let calls = 0
    const send = async (command: PutRecordsCommand) => {
      calls += 1
      if (calls % 4 === 0) throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' })
      const records = command.input.Records ?? []
      const refused = records.map((_, index) => (index + calls) % 3 === 0)
      const taken = records.filter((_, index) => !refused[index])
      if (taken.length > 0) {
        await client.send(Object.assign(command, { input: { ...command.input, Records: taken } }))
      }
      return { Records: refused.map((no) => (no ? { ErrorCode: 'InternalFailure' } : {})) }
    }
    await relay()
    transform({ send } as unknown as KinesisClient)
    for (const _ of times(3, () => null)) await commit()
    expect(firsts(await reach(9))).toEqual(streams.map(() => upTo(9)))
  })

  it('one that cannot publish for a while goes on from where it was', async () => {
    const { client, commit, deliver, transform, reach, firsts } = await openWorld()
    let isDown = true
    const send = (command: PutRecordsCommand) =>
      isDown ? Promise.reject(new Error('down')) : client.send(command)
    await commit()
    await deliver(3)
    const { troubles } = transform({ send } as unknown as KinesisClient)
    while (troubles.length === 0) await delay(20)
    isDown = false
    expect(firsts(await reach(3))).toEqual(streams.map(() => upTo(3)))
    expect(troubles[0]).toMatch(/^\d streams are not published .*: Kinesis did not take it$/)
  })

  it('two at once publish every event in order, if not once', async () => {
    const { commit, relay, transform, reach, firsts } = await openWorld()
    await relay()
    transform()
    transform()
    for (const _ of times(4, () => null)) await commit()
    expect(firsts(await reach(12))).toEqual(streams.map(() => upTo(12)))
  })

  it('a record that is none stands in nobody’s way, and the log has what was in it', async () => {
    const { client, platform, commit, transform, published, seqsOf } = await openWorld()
    await commit()
    const Data = Buffer.from('{"format":99}')
    await client.send(new PutRecordCommand({ StreamName: platform, PartitionKey: last, Data }))
    await client.send(new PutRecordCommand({ StreamName: platform, PartitionKey: 'nobody', Data }))
    const { troubles } = transform()
    while (troubles.length < 2 || (await published()).length < 3) await delay(200)
    expect(seqsOf(await published(), last)).toEqual([1, 2, 3])
    expect(troubles).toHaveLength(2)
    for (const key of [last, 'nobody']) {
      expect(troubles).toContainEqual(expect.stringContaining(`of ${key} cannot be read`))
    }
  })
})

describe.skipIf(dynamodb === null)('the Lambda function', () => {
  const load = () => import('../../src/feed/aws/external/lambda.ts')
  const names = ['ROLLCALL_LOG_TABLE', 'ROLLCALL_MARKS_TABLE', 'ROLLCALL_EXTERNAL_STREAM']
  afterEach(() => vi.unstubAllEnvs())
  beforeEach(() => vi.resetModules())

  it.each(names)('wants to be told %s', async (missing) => {
    for (const name of names) vi.stubEnv(name, name === missing ? undefined : 'x')
    await expect(load()).rejects.toThrow(`${missing} is not set`)
  })

  it('takes what Lambda gives, and begins later where it could not', async () => {
    const { client, endpoint, region } = dynamodb ?? expect.unreachable()
    const [logTable, marksTable] = ['log-to-be', 'marks-to-be']
    const settings = [logTable, marksTable, 'external']
    for (const [n, name] of names.entries()) vi.stubEnv(name, settings[n])
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', endpoint)
    vi.stubEnv('AWS_REGION', region)
    const { handler } = await load()
    const record: PlatformRecord = { epoch: null, stream: keysStream(TENANT, 'u1'), seq: 1, events: [] }
    await expect(handler(batchOf(record))).rejects.toThrow('could not be read')
    await createTable(client, logTable)
    await createMarksTable(client, marksTable)
    await (await openDynamoLog({ table: logTable, endpoint, region })).close()
    expect(await handler(batchOf(record))).toEqual({ batchItemFailures: [] })
  })
})

describe.skipIf(dynamodb === null)('the marks', () => {
  it('never go back, and are of one epoch', async () => {
    const { marks } = await openWorld()
    await marks.save(new Map([[last, 5]]))
    await marks.save(new Map([[last, 3]]))
    expect(await marks.load([last])).toEqual(new Map([[last, 5]]))
    const later = new DynamoMarks({
      client: dynamodb?.client as never,
      table: `marks-${tables}`,
      epoch: 'later',
    })
    expect(await later.load([last])).toEqual(new Map())
  })

  it('are there for as many streams as a batch has', async () => {
    const { marks } = await openWorld()
    const many = times(250, (n) => userStream(TENANT, `m${n}`))
    await marks.save(new Map(many.map((stream, n) => [stream, n + 1])))
    expect(await marks.load(many)).toEqual(new Map(many.map((stream, n) => [stream, n + 1])))
  })

  it('name the streams that are held, page by page', async () => {
    const { marks } = await openWorld()
    const many = times(5, (n) => userStream(TENANT, `h${n}`))
    for (const stream of many) await marks.hold({ stream, seq: 2, reason: 'newer' })
    await marks.hold({ stream: last, seq: 7, reason: 'other' })
    await marks.release(many[1] as StreamName)
    const page = await marks.held(null, 3)
    const rest = await marks.held(page.at(-1)?.stream ?? null, 3)
    expect([...page, ...rest].map(({ stream }) => stream)).toEqual([...many.filter((_, n) => n !== 1), last])
    expect(rest.at(-1)).toEqual({ stream: last, seq: 7, reason: 'other' })
  })
})
