import type { WebSocket } from 'ws'

/** Pings every client in turn, and ends those that have not answered by the next time. */
export class KeepAlive {
  readonly #timer: NodeJS.Timeout
  readonly #silent = new WeakSet<WebSocket>()

  constructor(clients: ReadonlySet<WebSocket>, everyMs: number) {
    this.#timer = setInterval(() => {
      for (const client of clients) this.#ping(client)
    }, everyMs).unref()
  }

  /** Takes any message as a sign of life. */
  watch(client: WebSocket): void {
    const onLife = () => this.#silent.delete(client)
    client.on('pong', onLife)
    client.on('message', onLife)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #ping(client: WebSocket): void {
    if (this.#silent.has(client)) {
      client.terminate()
      return
    }
    this.#silent.add(client)
    client.ping()
  }
}
