import type { WebSocket } from 'ws'

interface Life {
  readonly maxSilenceMs: number
  /** Told of a client that is taken for dead. */
  readonly onSilence: (client: WebSocket) => void
}

/**
 * Pings every client in turn, and finds those that have neither said anything nor answered for too long. Of a client that has yet to take
 * what was sent before a ping, silence says nothing: there the timeout of its socket tells whether it takes any.
 */
export class KeepAlive {
  readonly #timer: NodeJS.Timeout
  readonly #heardAt = new WeakMap<WebSocket, number>()
  readonly #life: Life

  constructor(clients: ReadonlySet<WebSocket>, everyMs: number, life: Life) {
    this.#life = life
    this.#timer = setInterval(() => {
      for (const client of clients) this.#look(client)
    }, everyMs).unref()
  }

  /** Takes any message as a sign of life. */
  watch(client: WebSocket): void {
    const onLife = () => this.#heardAt.set(client, performance.now())
    onLife()
    client.on('pong', onLife)
    client.on('message', onLife)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(client: WebSocket): void {
    const now = performance.now()
    if (client.bufferedAmount > 0) {
      this.#heardAt.set(client, now)
      return
    }
    const silence = now - (this.#heardAt.get(client) ?? now)
    if (silence > this.#life.maxSilenceMs) this.#life.onSilence(client)
    else client.ping()
  }
}
