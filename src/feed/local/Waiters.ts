import type { StreamName } from '../../domain/streams.ts'
import type { Vector } from '../../domain/token.ts'
import type { ViewReader } from '../../views/ViewStore.ts'

interface Waiter {
  readonly vector: Vector
  readonly settle: (reached: boolean) => void
}

/** Those who wait for the views to reach a vector. One question to the views answers them all. */
export class Waiters {
  readonly #views: Pick<ViewReader, 'applied' | 'position'>
  readonly #waiting = new Set<Waiter>()
  readonly #onPosition: (position: number) => void
  #looking = false
  #lookAgain = false

  /** `onPosition` hears where the views were found. */
  constructor(views: Pick<ViewReader, 'applied' | 'position'>, onPosition: (position: number) => void) {
    this.#views = views
    this.#onPosition = onPosition
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Whether each of the vectors is reached now. */
  async reached(vectors: readonly Vector[]): Promise<readonly boolean[]> {
    const names = [...new Set(vectors.flatMap((vector) => [...vector.streams.keys()]))]
    const seqs = names.length === 0 ? [] : await this.#views.applied(names)
    // After the seqs, so that the position covers them.
    const position = await this.#views.position()
    this.#onPosition(position)
    const applied = new Map<StreamName, number>(names.map((name, i) => [name, seqs[i] ?? 0]))
    return vectors.map(
      (vector) =>
        vector.position <= position &&
        [...vector.streams].every(([stream, seq]) => seq <= (applied.get(stream) ?? 0)),
    )
  }

  /** True once `look` has found the vector reached; at the deadline, what one last question says. Rejects if that one does. */
  wait(vector: Vector, deadlineMs: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        vector,
        settle: (reached) => {
          clearTimeout(timer)
          this.#waiting.delete(waiter)
          resolve(reached)
        },
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter)
        this.reached([vector]).then(([reached = false]) => resolve(reached), reject)
      }, deadlineMs)
      timer.unref()
      this.#waiting.add(waiter)
    })
  }

  /** Settles those who have what they waited for. Calls during a look are answered by one more look. */
  async look(): Promise<void> {
    this.#lookAgain = true
    if (this.#looking) return
    this.#looking = true
    try {
      while (this.#lookAgain && this.#waiting.size > 0) {
        this.#lookAgain = false
        const waiting = [...this.#waiting]
        const reached = await this.reached(waiting.map((waiter) => waiter.vector))
        waiting.forEach((waiter, i) => {
          if (reached[i]) waiter.settle(true)
        })
      }
    } catch {
      // Passing trouble of the views: the next look may succeed, and each waiter's own last question tells of it otherwise.
    } finally {
      this.#looking = false
    }
  }

  /** Nobody waits any longer: all are told false. */
  close(): void {
    for (const waiter of this.#waiting) waiter.settle(false)
  }
}
