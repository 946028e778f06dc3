import type { Writable } from 'node:stream'
import type { WebSocket } from 'ws'
import { CLOSE } from './closeCodes.ts'
import type { Outlet } from './PacedSender.ts'

/**
 * Messages for a WebSocket. A client that lets `maxBufferedBytes` pile up (by asking without ever reading) is closed with 1013. What
 * cannot be sent any more is dropped.
 */
export class SocketOutlet implements Outlet {
  readonly #socket: WebSocket
  readonly #connection: Writable
  readonly #maxBufferedBytes: number

  /** `connection`: what the WebSocket writes to. */
  constructor(socket: WebSocket, connection: Writable, maxBufferedBytes: number) {
    this.#socket = socket
    this.#connection = connection
    this.#maxBufferedBytes = maxBufferedBytes
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount
  }

  send(message: string, done: () => void): void {
    if (this.bufferedAmount <= this.#maxBufferedBytes) {
      this.#socket.send(message, done)
    } else {
      this.#socket.close(CLOSE.tryLater, 'Too much waits to be read')
      done()
    }
  }

  cork(): void {
    this.#connection.cork()
  }

  uncork(): void {
    this.#connection.uncork()
  }
}
