/** Waiting for a client, in bytes, before senders have to wait too. */
export const HIGH_WATER = 256_000
/** Bytes sent in one go before other clients get their turn: a replay is never out of messages. */
export const BURST = 64_000

/** Where messages for one client go. */
export interface Outlet {
  /** Bytes that it has not taken yet. */
  readonly bufferedAmount: number
  /** Calls back when the message is on its way, or lost. */
  send(message: string, done: () => void): void
  /** What is sent from here to `uncork` goes to the network together. */
  cork(): void
  uncork(): void
}

/**
 * Sends at the pace of the client. While much waits to be read, a promise resolves only when the message is on its way, so
 * whoever awaits it pulls slower from its source; each operation then holds one batch.
 */
export class PacedSender {
  readonly #outlet: Outlet
  #sent = 0

  constructor(outlet: Outlet) {
    this.#outlet = outlet
  }

  /** A promise only where the client is slow: a turn of the queue for each message would cost more than sending it. */
  send(message: string): Promise<void> | void {
    this.#sent += message.length
    if (this.#sent <= BURST && this.#outlet.bufferedAmount <= HIGH_WATER) {
      this.#outlet.send(message, ignore)
      return
    }
    this.#sent = 0
    return new Promise((resolve) => {
      this.#outlet.send(message, () => setImmediate(resolve))
    })
  }

  /** Messages that come together go to the network together: with many clients, most of the work is the visits to the kernel. */
  async sendAll(messages: Iterable<string>): Promise<void> {
    this.#outlet.cork()
    for (const message of messages) {
      const sent = this.send(message)
      if (sent === undefined) continue
      this.#outlet.uncork()
      await sent
      this.#outlet.cork()
    }
    this.#outlet.uncork()
  }
}

/** A failed send is followed by the connection's end, which is handled there. */
const ignore = (): void => {}
