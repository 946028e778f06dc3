import type { Payload } from './engine.ts'
import type { Answerer, SharedPayloads, SourceEvent } from './SharedPayloads.ts'

type Next = IteratorResult<readonly Payload[], undefined>

/** A subscription's batches of events, answered. No generator: thousands of followers wait in one of these, and it is smaller. */
export class PayloadStream implements AsyncIterableIterator<readonly Payload[], undefined> {
  readonly #source: AsyncIterator<readonly SourceEvent[]>
  readonly #payloads: SharedPayloads
  readonly #answerer: Answerer

  constructor(source: AsyncIterable<readonly SourceEvent[]>, payloads: SharedPayloads, answerer: Answerer) {
    this.#source = source[Symbol.asyncIterator]()
    this.#payloads = payloads
    this.#answerer = answerer
  }

  async next(): Promise<Next> {
    const { done, value } = await this.#source.next()
    return done ? DONE : { done: false, value: await this.#payloads.of(value, this.#answerer) }
  }

  async return(): Promise<Next> {
    await this.#source.return?.()
    return DONE
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

const DONE = { done: true, value: undefined } as const
