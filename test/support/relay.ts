import { type LocalRelay, startRelay as start } from '../../stack/lambdas/startRelay.ts'
import type { LocalDynamoDb } from './dynamodb.ts'
import type { LocalKinesis } from './kinesis.ts'

const POLL_MS = 20

/** Carries a table's events to a stream of Kinesis, as the Lambda function does, until it is closed. */
export const startRelay = (
  dynamodb: LocalDynamoDb,
  kinesis: Pick<LocalKinesis, 'region' | 'endpoint'>,
  { table, stream }: { readonly table: string; readonly stream: string },
): Promise<LocalRelay> =>
  start(
    { table, region: dynamodb.region, endpoint: dynamodb.endpoint },
    { stream, region: kinesis.region, endpoint: kinesis.endpoint },
    { pollMs: POLL_MS },
  )
