/** Calls that are under way, so that what they need is closed after the last of them: a pool would forget who waits for a connection. */
export class Calls {
  #count = 0
  #onIdle: () => void = () => {}

  async run<A>(call: () => Promise<A>): Promise<A> {
    this.#count += 1
    try {
      return await call()
    } finally {
      this.#count -= 1
      if (this.#count === 0) this.#onIdle()
    }
  }

  /** Resolves once there are none; nobody may begin one after it. */
  async idle(): Promise<void> {
    if (this.#count === 0) return
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
    })
  }
}
