import type { Payload } from '../graphql/engine.ts'
import { sendAll } from './sendAll.ts'
import type { WebSocketOperation } from './websocketOperation.ts'

type Payloads = AsyncIterable<readonly Payload[]>
type Next = IteratorResult<never, undefined>

/**
 * A subscription as graphql-ws is to see it: one that never gives it a result, and ends when it ends. Its payloads are serialised
 * already, once for many clients, so they are sent past graphql-ws, in the messages that it would have sent.
 */
export class DirectSend implements AsyncGenerator<never, undefined> {
  readonly #operation: WebSocketOperation
  readonly #payloads: Payloads

  constructor(operation: WebSocketOperation, payloads: Payloads) {
    this.#operation = operation
    this.#payloads = payloads
  }

  async next(): Promise<Next> {
    const { session, id, stop } = this.#operation
    const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`
    await sendAll(this.#payloads, stop.signal, session.sender, ({ json }) => `${head}${json}}`)
    return DONE
  }

  async return(): Promise<Next> {
    this.#operation.stop.abort()
    return DONE
  }

  throw(): Promise<Next> {
    return this.return()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}

const DONE = { done: true, value: undefined } as const
