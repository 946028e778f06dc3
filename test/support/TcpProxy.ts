import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket, connect as tcp } from 'node:net'

/** A network between a client and a server that does what networks do. */
export class TcpProxy {
  readonly #server: Server
  readonly #target: URL
  readonly #sockets = new Set<Socket>()
  #isDown = false
  #answerBytes: number[] = []
  /** Connections so far. */
  connections = 0
  /** HTTP requests so far, of clients that send one at a time. */
  requests = 0

  private constructor(target: string) {
    this.#target = new URL(target)
    this.#server = createServer((socket) => this.#join(socket))
  }

  static async start(target: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** How many connections are open. */
  get open(): number {
    return this.#sockets.size / 2
  }

  /** The server is somewhere else from now on. */
  leadTo(target: string): void {
    this.#target.href = target
  }

  /** Cuts what is open, without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Cuts, and lets nobody through until `up`. */
  down(): void {
    this.#isDown = true
    this.cut()
  }

  up(): void {
    this.#isDown = false
  }

  /** The next connections are cut after so many bytes of the server's, in turn. */
  cutAfter(...bytes: readonly number[]): void {
    this.#answerBytes.push(...bytes)
  }

  /** No more cuts but those under way. */
  forget(): void {
    this.#answerBytes = []
  }

  async close(): Promise<void> {
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }

  #join(client: Socket): void {
    this.connections += 1
    if (this.#isDown) {
      client.destroy()
      return
    }
    const server = tcp(Number(this.#target.port), this.#target.hostname)
    let left = this.#answerBytes.shift() ?? Number.POSITIVE_INFINITY
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    client.on('data', (bytes) => {
      if (bytes.includes('HTTP/1.1\r\n')) this.requests += 1
      server.write(bytes)
    })
    server.on('data', (bytes) => {
      client.write(bytes.subarray(0, Math.min(bytes.length, left)))
      left -= bytes.length
      if (left <= 0) client.end(() => client.destroy())
    })
  }
}
