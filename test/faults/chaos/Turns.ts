/** What must not happen at the same time: one after the other, in the order asked for. */
export class Turns {
  #last: Promise<void> = Promise.resolve()

  take(act: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(act)
    return this.#last
  }
}
