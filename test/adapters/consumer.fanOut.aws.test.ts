import { setTimeout as delay } from 'node:timers/promises'
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListStreamConsumersCommand,
  type SubscribeToShardInput,
} from '@aws-sdk/client-kinesis'
import { describe, expect, test } from 'vitest'
import { memoryCheckpoints } from '../../src/feed/aws/consumer/Checkpoints.ts'
import { type SubscribedOptions, subscribedShards } from '../../src/feed/aws/consumer/subscribedShards.ts'
import { untilActive } from '../../stack/engines/streams.ts'
import { type Asked, type Consuming, consume, type Meet, publish, streams } from '../feed/consuming.ts'
import { asKinesis } from '../support/aws/asKinesis.ts'
import { Hazards } from '../support/aws/Hazards.ts'
import { kinesisClients } from '../support/aws/kinesisClients.ts'
import { KINESIS_HAZARDS } from '../support/aws/kinesisHazards.ts'
import { startKinesis } from '../support/kinesis.ts'

const ALWAYS = 1
const kinesis = await startKinesis()
const hazards = new Hazards(KINESIS_HAZARDS, ALWAYS)
/** Where each event of a subscription says that the next one would go on. */
const continuations: unknown[] = []
const { http1, http2 } = await kinesisClients(
  kinesis,
  asKinesis(kinesis.client, async (call) => {
    if (!call.operation.startsWith('SubscribeToShard')) return call.forward()
    const reply = await hazards.meet(call)
    const { ContinuationSequenceNumber } = reply?.body ?? {}
    if (ContinuationSequenceNumber !== undefined) continuations.push(ContinuationSequenceNumber)
    return reply
  }),
)
const { newStream } = kinesis

type Fast = Pick<SubscribedOptions, 'silenceMs' | 'standBackMs'>
const FIRST = 'synchroniser-1'

const start = (
  client: KinesisClient,
  consuming: Pick<Consuming, 'streamName' | 'checkpoints' | 'meet'>,
  fast: Fast = { standBackMs: 100 },
) =>
  consume({
    ...consuming,
    client,
    reading: (client, streamName) => subscribedShards({ client, streamName, consumerName: FIRST, ...fast }),
  })

describe('a consumer that is told', () => {
  test('registers itself once, and asks for nothing before it may', async () => {
    const streamName = await newStream(2)
    const asked: string[] = []
    const meet: Meet = ({ operation }, send) => {
      asked.push(operation)
      return send()
    }
    await publish(kinesis.client, streamName, 1)
    const first = start(http2, { streamName, meet })
    await first.reach(1)
    const looks = ['ListShards', 'DescribeStreamSummary']
    const before = asked
      .slice(0, asked.indexOf('SubscribeToShard'))
      .filter((operation) => !looks.includes(operation))
    expect(before.slice(0, 2)).toEqual(['DescribeStreamConsumer', 'RegisterStreamConsumer'])
    expect(new Set(before.slice(2))).toEqual(new Set(['DescribeStreamConsumer']))
    await first.consumer.close()

    asked.length = 0
    const second = start(http2, { streamName, meet })
    await second.reach(1)
    expect(asked).not.toContain('RegisterStreamConsumer')
    expect(await consumersOf(streamName)).toEqual([FIRST])
    expect(first.troubles).toEqual([])
  })

  test('of two with one name the one that came last is told, from where the other was; that stands back', async () => {
    const streamName = await newStream(1)
    const checkpoints = memoryCheckpoints()
    const patient = { standBackMs: 600_000 }
    const answered = { first: 0, second: 0 }
    const counted =
      (who: keyof typeof answered): Meet =>
      ({ operation }, send) =>
        send().finally(() => {
          if (operation === 'SubscribeToShard') answered[who] += 1
        })
    const first = start(http2, { streamName, checkpoints, meet: counted('first') }, patient)
    await publish(kinesis.client, streamName, 1)
    await first.reach(1)
    const second = start(http2, { streamName, checkpoints, meet: counted('second') }, patient)
    while (answered.second === 0) await delay(20)
    for (const seq of [2, 3, 4]) {
      await publish(kinesis.client, streamName, seq)
      await second.reach(seq)
    }
    expect(answered.first).toBe(1)
    await first.consumer.close()
    expect(first.troubles).toEqual([])
    for (const stream of streams) {
      expect(first.seqsOf(stream)).toEqual([1])
      expect(second.seqsOf(stream)).toEqual([2, 3, 4])
    }
  })

  test.each([
    ['throttled', 'LimitExceededException'],
    ['subscriptionTaken', 'ResourceInUseException'],
    ['subscriptionFailed', /^(InternalFailure|KMSThrottling|KMSInvalidState)Exception$/],
    ['answerIsLost', /^(Error|TimeoutError)$/],
    ['neverAnswered', 'Silence'],
  ] as const)('goes on from its checkpoint: %s', async (hazard, trouble) => {
    const streamName = await newStream(1)
    const silenceMs = trouble === 'Silence' ? 3_000 : 60_000
    const { reach, seqsOf, troubles } = start(http2, { streamName }, { silenceMs, standBackMs: 100 })
    await publish(kinesis.client, streamName, 1)
    await reach(1)
    const before = hazards.struck(hazard)
    hazards.lay(hazard, 1)
    if (hazard === 'throttled') hazards.lay('subscriptionOver', 1)
    while (hazards.struck(hazard) === before) await delay(20)
    await publish(kinesis.client, streamName, 2)
    await reach(2)
    for (const stream of streams) expect(seqsOf(stream)).toEqual([1, 2])
    const named = troubles.filter((each) => each !== 'ResourceInUseException' || trouble === each)
    expect(named.length).toBeGreaterThanOrEqual(1)
    for (const each of named) expect(each).toMatch(trouble)
    await hazards.clear()
  })

  test('registers itself with the stream that replaces another, and reads it from its beginning', async () => {
    const streamName = await newStream(1)
    const { reach, seqsOf, troubles } = start(http2, { streamName })
    await publish(kinesis.client, streamName, 1)
    await publish(kinesis.client, streamName, 2)
    await reach(2)
    await kinesis.client.send(
      new DeleteStreamCommand({ StreamName: streamName, EnforceConsumerDeletion: true }),
    )
    hazards.lay('subscriptionOver', 1)
    while (await isThere(streamName)) await delay(20)
    await kinesis.client.send(new CreateStreamCommand({ StreamName: streamName, ShardCount: 1 }))
    await untilActive(kinesis.client, streamName)
    await publish(kinesis.client, streamName, 3)
    await reach(3)
    for (const stream of streams) expect(seqsOf(stream)).toEqual([1, 2, 3])
    expect(troubles).toContain('ResourceNotFoundException')
    expect(await consumersOf(streamName)).toEqual([FIRST])
  })
})

describe.each<readonly [string, KinesisClient]>([
  ['HTTP/1.1', http1],
  ['HTTP/2', http2],
])('a subscription over %s', (_, client) => {
  test('is renewed after its time, from where the last event said', async () => {
    const streamName = await newStream(1)
    /** Where it began, and where the last event before had said that the next one would go on. */
    const froms: [SubscribeToShardInput['StartingPosition'], unknown][] = []
    const meet: Meet = ({ operation, input }: Asked, send) => {
      if (operation === 'SubscribeToShard')
        froms.push([(input as SubscribeToShardInput).StartingPosition, continuations.at(-1)])
      return send()
    }
    const before = continuations.length
    const { reach, seqsOf } = start(client, { streamName, meet })
    while (continuations.length === before) await delay(20)
    hazards.lay('subscriptionOver', 1)
    while (froms.length < 2) await delay(20)
    const [[begun] = [], [renewed, said] = []] = froms
    expect(begun).toEqual({ Type: 'TRIM_HORIZON' })
    expect(renewed).toEqual({ Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: said })
    await publish(kinesis.client, streamName, 1)
    await reach(1)
    for (const stream of streams) expect(seqsOf(stream)).toEqual([1])
  })

  test('ends at once in the midst of a silence', async () => {
    const streamName = await newStream(1)
    hazards.lay('neverAnswered', 100)
    const before = hazards.struck('neverAnswered')
    const { consumer, troubles } = start(client, { streamName }, { silenceMs: 600_000 })
    while (hazards.struck('neverAnswered') === before) await delay(20)
    await consumer.close()
    expect(troubles).toEqual([])
    await hazards.clear()
  })
})

async function consumersOf(StreamName: string): Promise<readonly (string | undefined)[]> {
  const { StreamDescriptionSummary } = await kinesis.client.send(
    new DescribeStreamSummaryCommand({ StreamName }),
  )
  const { Consumers = [] } = await kinesis.client.send(
    new ListStreamConsumersCommand({ StreamARN: StreamDescriptionSummary?.StreamARN }),
  )
  return Consumers.map(({ ConsumerName }) => ConsumerName)
}

const isThere = (StreamName: string): Promise<boolean> =>
  kinesis.client.send(new DescribeStreamSummaryCommand({ StreamName })).then(
    () => true,
    () => false,
  )
