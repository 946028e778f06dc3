import type { StreamName } from '../domain/streams.ts'
import { type Leave, Lines } from './Lines.ts'

const linesOf = new WeakMap<object, Lines>()

/** One command's place in the lines, over all its attempts. */
export class Contender {
  readonly #lines: Lines
  #contested: readonly StreamName[] = []
  #leave: Leave = () => {}

  /** All who commit to the same log stand in the same lines. */
  constructor(log: object) {
    this.#lines = linesOf.get(log) ?? new Lines()
    linesOf.set(log, this.#lines)
  }

  /** Its commit lost the race for one of these streams: its next attempt waits for its turn. */
  readonly lost = (streams: readonly StreamName[]): void => {
    this.#contested = streams
  }

  /** The outcome of its commit is known: the next one need not wait until it is shown. */
  readonly won = (): void => this.#leave()

  readonly again = async <A>(attempt: () => Promise<A>): Promise<A> => {
    this.#leave = await this.#lines.enter(this.#contested)
    try {
      return await attempt()
    } finally {
      this.#leave()
    }
  }
}
