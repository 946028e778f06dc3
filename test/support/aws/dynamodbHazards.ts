import { answerIsLost, drawn, late, refusal, requestIsLost } from './anyHazards.ts'
import type { Hazard } from './Hazards.ts'

const DYNAMODB = 'com.amazonaws.dynamodb.v20120810'
const WRITE = 'TransactWriteItems'

const THROTTLES = [
  refusal(
    `${DYNAMODB}#ProvisionedThroughputExceededException`,
    'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
  ),
  refusal(
    `${DYNAMODB}#RequestLimitExceeded`,
    'Throughput exceeds the current throughput limit for your account.',
  ),
  refusal(
    'com.amazon.coral.availability#ThrottlingException',
    'Rate of requests exceeds the allowed throughput.',
  ),
]

/** One of the items is why, the others are fine. */
function cancelled(input: Record<string, unknown>, Code: string, Message: string) {
  const items = input.TransactItems as unknown[]
  const why = Math.floor(Math.random() * items.length)
  const reasons = items.map((_, i) => (i === why ? { Code, Message } : { Code: 'None' }))
  const codes = reasons.map((reason) => reason.Code).join(', ')
  return refusal(
    `${DYNAMODB}#TransactionCanceledException`,
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons: reasons },
  )
}

const throttled: Hazard = async ({ operation, input }, hit) => {
  hit()
  if (operation !== WRITE || Math.random() < 0.5) return drawn(THROTTLES)
  return drawn([
    cancelled(input, 'ThrottlingError', 'Throughput exceeds the current throughput for your table or index.'),
    cancelled(
      input,
      'ProvisionedThroughputExceeded',
      'The level of configured provisioned throughput for the table was exceeded.',
    ),
  ])
}

const inConflict: Hazard = async ({ operation, input, forward }, hit) => {
  if (operation !== WRITE) return forward()
  hit()
  return drawn([
    cancelled(input, 'TransactionConflict', 'Transaction is ongoing for the item'),
    refusal(`${DYNAMODB}#TransactionInProgressException`, 'The transaction is already in progress'),
  ])
}

/** A batch of reads answers a part of what it was asked. */
const readInPart: Hazard = async ({ operation, input, forward }, hit) => {
  const [[table = '', asked] = []] = Object.entries(
    (input.RequestItems ?? {}) as Record<string, { Keys: unknown[] }>,
  )
  if (operation !== 'BatchGetItem' || asked === undefined || asked.Keys.length < 2) return forward()
  hit()
  const half = Math.ceil(asked.Keys.length / 2)
  const { status, body } = await forward({
    RequestItems: { [table]: { ...asked, Keys: asked.Keys.slice(0, half) } },
  })
  const UnprocessedKeys = { [table]: { ...asked, Keys: asked.Keys.slice(half) } }
  return { status, body: { ...body, UnprocessedKeys } }
}

/** What DynamoDB does and DynamoDB Local does not, and what becomes of requests on the way. */
export const DYNAMODB_HAZARDS = {
  throttled,
  inConflict,
  readInPart,
  answerIsLost,
  requestIsLost,
  late,
} satisfies Record<string, Hazard>
