import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Stands before a server on a port that stays the same, wherever the server moves, and cuts connections when told to. */
export class CutProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Of the server behind it. */
  target: string | null = null

  private constructor() {
    this.#server = createServer((client) => this.#join(client))
  }

  static async open(): Promise<CutProxy> {
    const proxy = new CutProxy()
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** All connections, in both directions, without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async close(): Promise<void> {
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }

  #join(client: Socket): void {
    if (this.target === null) {
      client.resetAndDestroy()
      return
    }
    const { hostname, port } = new URL(this.target)
    const upstream = connect(Number(port), hostname)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }
}
