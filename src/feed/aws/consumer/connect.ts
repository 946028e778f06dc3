import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KinesisClient } from '@aws-sdk/client-kinesis'

export interface KinesisConnection {
  readonly region: string
  /** Of kinesis-local; null for AWS's own. */
  readonly endpoint: string | null
}

/** A request without an answer ends so late: left to itself the SDK would wait for minutes, and the shard with it. */
const REQUEST_TIMEOUT_MS = 5_000

/** With the SDK's usual ways to find credentials. It makes no request twice: the reader of a shard does. */
export function connectKinesis({ region, endpoint }: KinesisConnection): KinesisClient {
  const patience = { requestTimeout: REQUEST_TIMEOUT_MS }
  if (endpoint === null) return new KinesisClient({ region, maxAttempts: 1, requestHandler: patience })
  // Left to itself this client speaks HTTP/2, which kinesis-local does not; the other one speaks HTTP/1.1.
  const { requestHandler } = new DynamoDBClient({
    region,
    requestHandler: { ...patience, throwOnRequestTimeout: true },
  }).config
  return new KinesisClient({ region, endpoint, maxAttempts: 1, requestHandler })
}
