import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import {
  constants,
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2'
import type { AddressInfo } from 'node:net'

/** Lets a service that knows HTTP/1.1 alone be spoken to in HTTP/2, as AWS's are. */
export class Http2Front {
  readonly #server: Http2Server
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #target: URL

  private constructor(target: string) {
    this.#target = new URL(target)
    this.#server = createServer((incoming, outgoing) => {
      void this.#pass(incoming, outgoing).catch(() => outgoing.stream.close(constants.NGHTTP2_INTERNAL_ERROR))
    })
    this.#server.on('session', (session) => {
      this.#sessions.add(session)
      session.once('close', () => this.#sessions.delete(session))
    })
  }

  static async open(target: string): Promise<Http2Front> {
    const front = new Http2Front(target)
    front.#server.listen(0, '127.0.0.1')
    await once(front.#server, 'listening')
    return front
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.close()
    for (const session of this.#sessions) session.destroy()
    await once(this.#server, 'close')
  }

  async #pass(incoming: Http2ServerRequest, outgoing: Http2ServerResponse): Promise<void> {
    const headers = Object.entries(incoming.headers).filter(([name]) => !name.startsWith(':'))
    const { hostname, port } = this.#target
    const { method, url: path } = incoming
    const passed = request({ hostname, port, method, path, headers: Object.fromEntries(headers) })
    outgoing.once('close', () => passed.destroy())
    incoming.pipe(passed)
    const [response] = (await once(passed, 'response')) as [IncomingMessage]
    const type = response.headers['content-type']
    outgoing.writeHead(response.statusCode ?? 0, type === undefined ? {} : { 'content-type': type })
    for await (const piece of response) outgoing.write(piece)
    outgoing.end()
  }
}
