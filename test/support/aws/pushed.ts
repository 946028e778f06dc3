import type { ServerResponse } from 'node:http'
import type { Body, Reply } from './AwsProxy.ts'
import { decodeMessages, encodeMessage } from './eventStream.ts'

export const EVENT_STREAM = 'application/vnd.amazon.eventstream'
const JSON_TYPE = 'application/x-amz-json-1.1'

/** A service's events, each as if it were an answer by itself. */
export async function* eventsIn(pieces: AsyncIterable<Buffer>): AsyncGenerator<Reply> {
  for await (const { headers, payload } of decodeMessages(pieces)) {
    const body = JSON.parse(payload.toString()) as Body
    yield headers[':message-type'] === 'exception'
      ? { status: 400, body: { ...body, __type: headers[':exception-type'] } }
      : { status: 200, body }
  }
}

/** Sends each as an event of this type: an error is the last, and so is what is no answer. Null: the connection is cut. */
export async function push(
  outgoing: ServerResponse,
  type: string,
  replies: AsyncIterable<Reply | null>,
): Promise<void> {
  outgoing.writeHead(200, { 'content-type': EVENT_STREAM })
  // With this a service of AWS begins; kinesis-local does not.
  outgoing.write(message({ ':message-type': 'event', ':event-type': 'initial-response' }, {}))
  for await (const reply of replies) {
    if (outgoing.destroyed) return
    if (reply === null) return void outgoing.socket?.destroy()
    const { status, body } = reply
    if (status === 204) break
    const { __type, ...rest } = body
    if (status !== 200) {
      outgoing.write(message({ ':message-type': 'exception', ':exception-type': String(__type) }, rest))
      break
    }
    outgoing.write(message({ ':message-type': 'event', ':event-type': type }, body))
  }
  outgoing.end()
}

const message = (headers: Readonly<Record<string, string>>, body: Body): Buffer =>
  encodeMessage({
    headers: { ':content-type': JSON_TYPE, ...headers },
    payload: Buffer.from(JSON.stringify(body)),
  })
