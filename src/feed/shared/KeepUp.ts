/** So that gateways that hear of the same do not all set about it at once: the others find it done. */
const SPREAD_MS = 100

/**
 * Background work that one or another has to do now and then: a round after it is noticed that there is some, one at a time. What is
 * noticed during a round is for the next.
 */
export class KeepUp {
  readonly #round: () => Promise<void>
  readonly #onTrouble: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | null = null
  #isNoticed = false
  #isHeld = false

  constructor(round: () => Promise<void>, onTrouble: (error: unknown) => void) {
    this.#round = round
    this.#onTrouble = onTrouble
  }

  get isHeld(): boolean {
    return this.#isHeld
  }

  /** There is something to do. `isWanted`: somebody waits for it. */
  notice(isWanted = false): void {
    this.#isNoticed = true
    if (this.#isHeld || this.#running !== null) return
    if (isWanted) this.#start()
    else this.#timer ??= setTimeout(() => this.#start(), Math.random() * SPREAD_MS).unref()
  }

  /** Resolves when nothing is under way any more. */
  async hold(): Promise<void> {
    this.#isHeld = true
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#running
  }

  release(): void {
    this.#isHeld = false
    if (this.#isNoticed) this.notice()
  }

  #start(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isNoticed = false
    this.#running ??= this.#round()
      .catch(this.#onTrouble)
      .finally(() => {
        this.#running = null
        if (this.#isNoticed) this.notice()
      })
  }
}
