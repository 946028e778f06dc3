type Kind = 'noticed' | 'demanded'

/**
 * Asks the worker to look at the log, with at most one question of a kind under way: whoever asks meanwhile shares the next one,
 * since the one under way may have read the log before what they ask for was in it. So a thousand writers cost the worker
 * no more looks than it has time for.
 */
export class Looks {
  readonly #send: (demanded: boolean) => void
  readonly #underWay = new Set<Kind>()
  readonly #wanted = new Set<Kind>()

  constructor(send: (demanded: boolean) => void) {
    this.#send = send
  }

  ask(kind: Kind): void {
    if (this.#underWay.has(kind)) {
      this.#wanted.add(kind)
      return
    }
    this.#underWay.add(kind)
    this.#send(kind === 'demanded')
  }

  /** The worker was level with the log: every question under way is answered. */
  answered(): void {
    const wanted = [...this.#wanted]
    this.#underWay.clear()
    this.#wanted.clear()
    for (const kind of wanted) this.ask(kind)
  }

  /** The worker died, and with it the questions. */
  lost(): void {
    this.#underWay.clear()
    this.#wanted.clear()
  }
}
