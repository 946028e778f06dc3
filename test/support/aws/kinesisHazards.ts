import type { Call, Reply } from './AwsProxy.ts'
import { answerIsLost, drawn, neverAnswered, refusal } from './anyHazards.ts'
import type { Hazard } from './Hazards.ts'

interface StreamRecord {
  readonly Data: string
  readonly PartitionKey: string
  readonly SequenceNumber: string
}

const THROTTLED = 'ProvisionedThroughputExceededException'

const tooMuch = refusal(THROTTLED, 'Rate exceeded for shard shardId-000000000000 in stream platform.')
const THROTTLES: Readonly<Record<string, Reply>> = {
  GetRecords: tooMuch,
  PutRecords: tooMuch,
  SubscribeToShard: refusal('LimitExceededException', 'Rate exceeded for consumer synchroniser.'),
}

const throttled: Hazard = async ({ operation, forward }, hit) => {
  const answer = THROTTLES[operation]
  if (answer === undefined) return forward()
  hit()
  return answer
}

const iteratorExpired: Hazard = async ({ operation, forward }, hit) => {
  if (operation !== 'GetRecords') return forward()
  hit()
  return refusal('ExpiredIteratorException', 'Iterator expired. It is older than 300000 milliseconds.')
}

/** The next event is one of these, and the last. */
const lastEvent =
  (...answers: readonly Reply[]): Hazard =>
  async ({ operation, forward }, hit) => {
    if (operation !== 'SubscribeToShardEvent') return forward()
    hit()
    return drawn(answers)
  }

/** As after five minutes. */
const subscriptionOver = lastEvent({ status: 204, body: {} })

/** By another who goes by the same name. */
const subscriptionTaken = lastEvent(
  refusal('ResourceInUseException', 'Another active subscription exists for this consumer.'),
)

const subscriptionFailed = lastEvent(
  refusal('InternalFailureException', 'Internal Service Failure'),
  refusal('KMSThrottlingException', 'The request was denied due to request throttling.'),
  refusal('KMSInvalidStateException', 'The state of the specified resource is not valid for this request.'),
)

/** Takes some of the records, and says so of each. */
const putInPart: Hazard = async ({ operation, input, forward }, hit) => {
  const records = (input.Records ?? []) as unknown[]
  if (operation !== 'PutRecords') return forward()
  hit()
  const refused = records.map(() => Math.random() < 0.5)
  if (!refused.includes(true)) refused[0] = true
  const taken = records.filter((_, i) => !refused[i])
  const put = taken.length === 0 ? [] : await forward({ ...input, Records: taken }).then(recordsOf)
  const left = put[Symbol.iterator]()
  const Records = refused.map((isRefused) => (isRefused ? drawn(REFUSED) : left.next().value))
  return { status: 200, body: { FailedRecordCount: records.length - taken.length, Records } }
}

const REFUSED = [
  { ErrorCode: THROTTLED, ErrorMessage: 'Rate exceeded for shard shardId-000000000000 in stream platform.' },
  { ErrorCode: 'InternalFailure', ErrorMessage: 'Internal Service Failure' },
]

/** As a producer leaves them that asks again: all of them once more. */
const recordsTwice: Hazard = (call, hit) =>
  changed(call, 1, (records) => {
    hit()
    return [...records, ...records]
  })

/** As a producer leaves them whose attempts overtook each other: each place keeps its number. */
const recordsReversed: Hazard = (call, hit) =>
  changed(call, 2, (records) => {
    hit()
    const payloads = records.toReversed()
    return records.map(({ SequenceNumber }, i) => ({ ...(payloads[i] as StreamRecord), SequenceNumber }))
  })

async function changed(
  { operation, forward }: Call,
  atLeast: number,
  change: (records: readonly StreamRecord[]) => readonly StreamRecord[],
): Promise<Reply> {
  const reply = await forward()
  const records = recordsOf(reply) as readonly StreamRecord[]
  if (!GIVING.includes(operation) || records.length < atLeast) return reply
  return { ...reply, body: { ...reply.body, Records: change(records) } }
}

/** What comes with records. */
export const GIVING: readonly string[] = ['GetRecords', 'SubscribeToShardEvent']

const recordsOf = ({ body }: Reply): readonly unknown[] => (body.Records ?? []) as readonly unknown[]

/** What Kinesis does and kinesis-local does not, and what becomes of requests on the way. See also `Dropped`. */
export const KINESIS_HAZARDS = {
  throttled,
  iteratorExpired,
  subscriptionOver,
  subscriptionTaken,
  subscriptionFailed,
  putInPart,
  recordsTwice,
  recordsReversed,
  answerIsLost,
  neverAnswered,
} satisfies Record<string, Hazard>
