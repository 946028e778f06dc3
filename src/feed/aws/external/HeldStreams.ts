import type { StreamName } from '../../../domain/streams.ts'
import type { Held, Marks } from './Marks.ts'

/** So many are tried with one batch. */
const PAGE = 25

/**
 * The streams that stood still when this process began, some with each batch until all were tried: another release may know what the
 * last one did not.
 */
export class HeldStreams {
  readonly #marks: Pick<Marks, 'held'>
  #after: StreamName | null = null
  #isOver = false

  constructor(marks: Pick<Marks, 'held'>) {
    this.#marks = marks
  }

  async next(): Promise<readonly Held[]> {
    return this.#isOver ? [] : this.#marks.held(this.#after, PAGE)
  }

  /** Until then the same ones come again. */
  done(page: readonly Held[]): void {
    this.#after = page.at(-1)?.stream ?? null
    this.#isOver = page.length < PAGE
  }
}
