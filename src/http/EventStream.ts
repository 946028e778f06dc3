import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Payload } from '../graphql/engine.ts'
import { EVENT_STREAM } from './mediaTypes.ts'
import { PacedSender } from './PacedSender.ts'

const HEADERS = {
  'content-type': EVENT_STREAM,
  'cache-control': 'no-store, no-transform',
  // nginx would collect what is small.
  'x-accel-buffering': 'no',
}

/**
 * A response in the form of graphql-sse's distinct connections: a `next` for each result, then `complete`. The event's id is where to
 * resume after it: clients that know ids send the last one again, as Last-Event-ID.
 */
export const nextEvent = ({ json, cursor }: Pick<Payload, 'json' | 'cursor'>): string =>
  cursor === null ? `event: next\ndata: ${json}\n\n` : `event: next\nid: ${cursor}\ndata: ${json}\n\n`

/** With data, though empty: without it browsers would tell nobody of the event. */
export const COMPLETE_EVENT = 'event: complete\ndata: \n\n'

export interface EventStreamOptions {
  /** When the client should come back after a cut. It is told so first, and sees by it at once that it is heard. */
  readonly retryMs: number
  /** If nothing is taken of what waits for so long the client is cut off. */
  readonly maxSilenceMs: number
}

/** A reply of server-sent events that goes on for as long as both sides want. It is past Fastify: nothing may be sent by it any more. */
export class EventStream {
  /** What is sent after its end is dropped. */
  readonly sender: PacedSender
  readonly #response: ServerResponse

  constructor(reply: FastifyReply, { retryMs, maxSilenceMs }: EventStreamOptions) {
    const response = reply.hijack().raw
    this.#response = response
    this.sender = new PacedSender({
      get bufferedAmount() {
        return response.writableLength
      },
      send: (frame, done) => response.write(frame, done),
      cork: () => response.cork(),
      uncork: () => response.uncork(),
    })
    response.on('error', ignore)
    response.setTimeout(maxSilenceMs, () => response.destroy())
    response.writeHead(200, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...HEADERS })
    response.write(`retry: ${retryMs}\n\n`)
  }

  get bufferedAmount(): number {
    return this.#response.writableLength
  }

  /** A comment, so that proxies see that the connection is in use. Whoever has enough to read needs none. */
  keepAlive(): void {
    if (this.bufferedAmount === 0) this.#response.write(':\n\n')
  }

  end(): void {
    this.#response.end()
  }
}

/** A response that fails is followed by its socket's end, which is handled there. */
const ignore = (): void => {}
