import type { RollcallError } from './errors.ts'
import type { ChangesSubscription } from './generated.ts'

export type Message = ChangesSubscription['changes']

/** Why there are no more messages: an error, or that they came faster than they were taken. */
export type Ending = RollcallError | 'behind'

/** Messages that may wait to be taken. A WebSocket cannot be slowed down: past this it is closed, and the rest told again from a cursor. */
const MAX_WAITING = 10_000
const MAX_BATCH = 500
/** So long at a stretch the page, and the socket, wait for their turn. */
const STRETCH_MS = 10

/** What has arrived and was not taken yet. */
export class Inbox {
  readonly #waiting: Message[] = []
  #ending: Ending | null = null
  #failure: { readonly reason: unknown } | null = null
  #wake = (): void => {}

  /** Whether there was room; else this is the end. After an end nothing is taken any more. */
  put(message: Message): boolean {
    if (this.#ending === null) this.#waiting.push(message)
    if (this.#waiting.length > MAX_WAITING) this.end('behind')
    this.#wake()
    return this.#ending === null
  }

  /** The first of several counts. What has arrived before is still there to be taken. */
  end(how: Ending): void {
    this.#ending ??= how
    this.#wake()
  }

  /** Nothing is taken any more: `batches` throws this. */
  fail(reason: unknown): void {
    this.#failure ??= { reason }
    this.#wake()
  }

  /** All of it, in pieces, as it comes; returns why there is no more. */
  async *batches(): AsyncGenerator<readonly Message[], Ending> {
    let stretch = 0
    for (;;) {
      if (this.#failure !== null) throw this.#failure.reason
      if (this.#waiting.length > 0) {
        yield this.#waiting.splice(0, MAX_BATCH)
        if (performance.now() - stretch < STRETCH_MS) continue
        await new Promise((resolve) => setTimeout(resolve))
        stretch = performance.now()
      } else if (this.#ending !== null) {
        return this.#ending
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }
}
