import type { StreamName } from '../domain/streams.ts'

/** Lets whoever is next go on. A second call does nothing. */
export type Leave = () => void

/**
 * The lines before contested streams, in one process: of the commands that lost a race for a stream, one at a time tries again, in
 * the order in which they lost. So of many writers of one stream each is beaten a few times, not each by all the others.
 */
export class Lines {
  readonly #last = new Map<StreamName, Promise<void>>()

  /** Resolves when everybody who came before to one of these streams has left. */
  async enter(streams: readonly StreamName[]): Promise<Leave> {
    const { promise, resolve } = Promise.withResolvers<void>()
    // Joined in one step, so that no two can wait for each other.
    const before = streams.map((stream) => this.#last.get(stream))
    for (const stream of streams) this.#last.set(stream, promise)
    await Promise.all(before)
    return () => {
      for (const stream of streams) if (this.#last.get(stream) === promise) this.#last.delete(stream)
      resolve()
    }
  }
}
