import type { ViewReader, ViewState } from '../views/ViewStore.ts'

/**
 * What the views are like, asked for once in a turn of the event loop: under load many requests come in one turn, and a look at the
 * views costs each as much as its own row. What a client does because of an answer comes in a later turn.
 */
export class StateOfTurn {
  readonly #views: Pick<ViewReader, 'state'>
  #known: ViewState | null = null

  constructor(views: Pick<ViewReader, 'state'>) {
    this.#views = views
  }

  /** Null: nobody has asked in this turn. */
  get known(): ViewState | null {
    return this.#known
  }

  async ask(): Promise<ViewState> {
    const state = await this.#views.state()
    if (this.#known === null) {
      setImmediate(() => {
        this.#known = null
      })
    }
    this.#known = state
    return state
  }
}
