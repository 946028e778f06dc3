/** Views of one generation, open. */
export interface Reign {
  readonly number: number
  /** Lets what is under way finish. */
  close(): Promise<void>
}

export interface SuccessionParts<Views extends Reign> {
  /** Which generation is to serve by now. */
  serving(): Promise<number>
  current(): Views
  open(number: number): Promise<Views>
  /** Brings to it all that is in the journal by now; false where it was stopped. */
  level(next: Views, stopped: () => boolean): Promise<boolean>
  /** From here on this one serves; the one before is closed after it. */
  take(next: Views): void
  onTrouble(error: unknown): void
}

/** How soon it is noticed that another generation is to serve, unless a writer finds its own superseded. */
const LOOK_MS = 500

/**
 * Goes over to another generation where one is to serve (rule 11). The one before is closed to writers by then, whoever they are, so
 * all that it shows is in the journal; and the next one has that before it is read here. Nobody waits who only reads. Trouble leaves
 * things as they are, and the next look tries again.
 */
export class Succession<Views extends Reign> {
  readonly #parts: SuccessionParts<Views>
  readonly #timer: NodeJS.Timeout
  #underWay: Promise<void> | null = null
  #isClosed = false

  constructor(parts: SuccessionParts<Views>) {
    this.#parts = parts
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref()
  }

  /** Resolves when it is done, or has failed. */
  look(): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    this.#underWay ??= this.#succeed()
      .catch((error: unknown) => this.#parts.onTrouble(error))
      .finally(() => {
        this.#underWay = null
      })
    return this.#underWay
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.#underWay
  }

  async #succeed(): Promise<void> {
    const number = await this.#parts.serving()
    const before = this.#parts.current()
    if (number === before.number) return
    const next = await this.#parts.open(number)
    try {
      if (!(await this.#parts.level(next, () => this.#isClosed))) return await next.close()
    } catch (error) {
      await next.close()
      throw error
    }
    this.#parts.take(next)
    await before.close()
  }
}
