import { DomainFailure } from '../domain/errors.ts'
import type { Payload } from '../graphql/engine.ts'
import type { Turn } from './Admission.ts'
import type { Standing } from './Standing.ts'

export type Batch = readonly Payload[]
export type Source = AsyncIterator<Batch>
type Next = IteratorResult<Batch, undefined>

export interface FollowingParts {
  /** Its signal is aborted when the client is gone or has had enough; it is aborted when the subscription ends. */
  readonly stop: AbortController
  readonly standing: Standing
  readonly turn: Turn
  /** Called once, when it is its turn. */
  readonly begin: () => Promise<Source>
  /** Called once, if it has begun. */
  readonly onEnd: () => void
}

/**
 * A subscription's responses for as long as its client may have them. It begins when its turn comes, and keeps it until the replay has
 * ended. The client's standing is looked at before each batch; if it is bad it rejects with DomainFailure and the batch is not told.
 *
 * No generator: thousands of followers wait in one of these, and it is smaller.
 */
export class Following implements AsyncGenerator<Batch, undefined> {
  readonly #parts: FollowingParts
  #source: Source | null = null
  #hasEnded = false

  constructor(parts: FollowingParts) {
    this.#parts = parts
  }

  async next(): Promise<Next> {
    const { stop, standing, turn, begin } = this.#parts
    try {
      if (!turn.isOver) await turn.come()
      if (stop.signal.aborted) return await this.return()
      this.#source ??= await begin()
      const next = await this.#source.next()
      if (next.done || stop.signal.aborted) return await this.return()
      if (!turn.isOver) pass(turn, next.value)
      const verdict = await standing.recheck()
      if (!verdict.ok) throw new DomainFailure(verdict.error)
      return next
    } catch (error) {
      await this.return()
      throw error
    }
  }

  async return(): Promise<Next> {
    if (!this.#hasEnded) {
      this.#hasEnded = true
      this.#parts.stop.abort()
      if (this.#source !== null) this.#parts.onEnd()
      await this.#source?.return?.()
    }
    return DONE
  }

  async throw(error: unknown): Promise<Next> {
    await this.return()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}

/** The replay has ended, or goes on when its client has read the batch. */
function pass(turn: Turn, batch: Batch): void {
  if (batch.some(({ isLevel }) => isLevel)) turn.end()
  else turn.rest()
}

const DONE = { done: true, value: undefined } as const
