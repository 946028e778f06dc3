import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { EVENT_STREAM, eventsIn, push } from './pushed.ts'

export type Body = Record<string, unknown>

/** One request of the AWS JSON protocol, or one event of those that a request is answered with. */
export interface Call {
  /** PutRecords, say; SubscribeToShardEvent for an event of SubscribeToShard, whose answer is the event. */
  readonly operation: string
  readonly input: Body
  /** The service's own answer, to this or another input. */
  forward(input?: Body): Promise<Reply>
  /** Resolves when the client waits no more. */
  hungUp(): Promise<unknown>
}

export interface Reply {
  /** An event that is answered with 204 is not sent, and none after it: as if all had been said. */
  readonly status: number
  readonly body: Body
  /** What it is answered with where that is a stream of events: then the body is empty. */
  readonly events?: AsyncIterable<Reply>
}

/** What is sent back. Null: the connection is cut without a word. */
export type Meet = (call: Call) => Promise<Reply | null>

/** Stands on the wire between the processes and a service of AWS, and lets somebody else say what requests meet there. */
export class AwsProxy {
  readonly #server: Server
  readonly #agent = new Agent({ keepAlive: true })
  readonly #target: URL
  readonly #meet: Meet

  private constructor(target: string, meet: Meet) {
    this.#target = new URL(target)
    this.#meet = meet
    this.#server = createServer((incoming, outgoing) => {
      void this.#answer(incoming, outgoing).catch(() => incoming.socket.destroy())
    })
  }

  static async open(target: string, meet: Meet): Promise<AwsProxy> {
    const proxy = new AwsProxy(target, meet)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
    this.#agent.destroy()
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const call = {
      operation: String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '',
      input: parsed(await buffer(incoming)),
      hungUp: async () => incoming.socket.destroyed || once(incoming.socket, 'close'),
    }
    const forward = (input = call.input) => this.#forward(incoming, outgoing, input)
    const reply = await this.#meet({ ...call, forward })
    if (reply === null) {
      incoming.socket.destroy()
    } else if (reply.events !== undefined) {
      const operation = `${call.operation}Event`
      await push(outgoing, operation, this.#meetEach({ ...call, operation }, reply.events))
    } else {
      const body = Buffer.from(JSON.stringify(reply.body))
      const type = String(incoming.headers['content-type'])
      outgoing.writeHead(reply.status, { 'content-type': type, 'content-length': body.byteLength }).end(body)
    }
  }

  async *#meetEach(call: Omit<Call, 'forward'>, events: AsyncIterable<Reply>): AsyncGenerator<Reply | null> {
    for await (const event of events) yield await this.#meet({ ...call, forward: async () => event })
  }

  /** The local services look at no signature. */
  async #forward(
    { headers, method, url }: IncomingMessage,
    outgoing: ServerResponse,
    input: Body,
  ): Promise<Reply> {
    const body = Buffer.from(JSON.stringify(input))
    const { hostname, port, host } = this.#target
    const forwarded = request({
      ...{ agent: this.#agent, hostname, port, method, path: url },
      headers: { ...headers, host, 'content-length': body.byteLength },
    })
    forwarded.end(body)
    const [response] = (await once(forwarded, 'response')) as [IncomingMessage]
    const status = response.statusCode ?? 0
    if (response.headers['content-type'] !== EVENT_STREAM)
      return { status, body: parsed(await buffer(response)) }
    outgoing.once('close', () => response.destroy())
    return { status, body: {}, events: eventsIn(response) }
  }
}

const parsed = (bytes: Buffer): Body => (bytes.byteLength === 0 ? {} : (JSON.parse(bytes.toString()) as Body))
