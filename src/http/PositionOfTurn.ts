import type { ViewReader } from '../views/ViewStore.ts'

/**
 * Where the views are, asked for once in a turn of the event loop: under load many requests come in one turn, and a look at the
 * views costs each as much as its own row. What a client does because of an answer comes in a later turn.
 */
export class PositionOfTurn {
  readonly #views: Pick<ViewReader, 'position'>
  #known: number | null = null

  constructor(views: Pick<ViewReader, 'position'>) {
    this.#views = views
  }

  /** Null: nobody has asked in this turn. */
  get known(): number | null {
    return this.#known
  }

  async ask(): Promise<number> {
    const position = await this.#views.position()
    if (this.#known === null) {
      setImmediate(() => {
        this.#known = null
      })
    }
    this.#known = position
    return position
  }
}
