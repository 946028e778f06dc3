import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** Between a log and its DynamoDB: as a network that loses an answer, and an access that is taken away. */
export class DynamoDbProxy {
  readonly #server: Server
  readonly #target: string
  #state: 'well' | 'loses the next commit' | 'refuses' = 'well'

  static async start(target: string): Promise<DynamoDbProxy> {
    const proxy = new DynamoDbProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  private constructor(target: string) {
    this.#target = target
    this.#server = createServer((request, response) => void this.#pass(request, response))
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The next commit is made, but its answer is lost; whatever is asked after it is refused, until `heal`. */
  loseNextCommit(): void {
    this.#state = 'loses the next commit'
  }

  heal(): void {
    this.#state = 'well'
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isRefused = this.#state === 'refuses'
    const isLost = this.#state === 'loses the next commit' && isCommit(request)
    if (isLost) this.#state = 'refuses'
    const body = await buffer(request)
    if (isRefused) {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' })
      response.end(JSON.stringify({ __type: 'com.amazon.coral.service#AccessDeniedException' }))
      return
    }
    const { host, connection, 'content-length': length, ...headers } = request.headers
    const answer = await fetch(this.#target, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body: new Uint8Array(body),
    })
    const bytes = new Uint8Array(await answer.arrayBuffer())
    if (isLost) response.destroy()
    else response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(bytes)
  }
}

const isCommit = ({ headers }: IncomingMessage): boolean =>
  String(headers['x-amz-target']).endsWith('.TransactWriteItems')
