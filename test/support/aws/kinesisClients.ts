import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { afterAll, vi } from 'vitest'
import { connectKinesis } from '../../../src/feed/aws/consumer/connect.ts'
import type { LocalKinesis } from '../kinesis.ts'
import { AwsProxy } from './AwsProxy.ts'
import { Http2Front } from './Http2Front.ts'

type Meet = Parameters<typeof AwsProxy.open>[1]

/** For a file's tests: two ways to kinesis-local, by way of a wire on which things happen. All of it ends with them. */
export async function kinesisClients(
  kinesis: LocalKinesis,
  meet: Meet,
): Promise<{ readonly http1: KinesisClient; readonly http2: KinesisClient }> {
  const { region } = kinesis
  const wire = await AwsProxy.open(kinesis.endpoint, meet)
  const front = await Http2Front.open(wire.endpoint)
  // Found by the client as it is in AWS, which knows of no endpoint.
  vi.stubEnv('AWS_ENDPOINT_URL_KINESIS', front.endpoint)
  const http1 = connectKinesis({ region, endpoint: wire.endpoint })
  const http2 = connectKinesis({ region, endpoint: null })
  afterAll(async () => {
    for (const client of [http1, http2]) client.destroy()
    await front.close()
    await wire.close()
    await kinesis.stop()
  })
  return { http1, http2 }
}
