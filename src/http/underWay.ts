/** Queries and mutations that have not been answered yet, so that a stop can wait for them. */
export class UnderWay {
  readonly #operations = new Set<object>()
  #onIdle: () => void = () => {}

  add(operation: object): void {
    this.#operations.add(operation)
  }

  delete(operation: object): void {
    this.#operations.delete(operation)
    if (this.#operations.size === 0) this.#onIdle()
  }

  /** Resolves once there is none: now, or when the last one is deleted. */
  async idle(): Promise<void> {
    if (this.#operations.size === 0) return
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
    })
  }
}
