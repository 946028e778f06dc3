interface Asked {
  readonly underWay: Promise<unknown>
  /** For all who asked since that one began. */
  next: Promise<unknown> | undefined
}

/**
 * Whoever asks while the same question is on its way shares the next time it is asked with all who did so meanwhile: an answer is
 * never older than the question, and a stream that a hundred commands write is read by one request at a time.
 */
export class SharedReads {
  readonly #asked = new Map<string, Asked>()

  read<A>(question: string, ask: () => Promise<A>): Promise<A> {
    const before = this.#asked.get(question)
    if (before === undefined) return this.#begin(question, ask)
    before.next ??= before.underWay.catch(() => undefined).then(() => this.#begin(question, ask))
    return before.next as Promise<A>
  }

  #begin<A>(question: string, ask: () => Promise<A>): Promise<A> {
    const underWay = ask()
    const asked: Asked = { underWay, next: undefined }
    this.#asked.set(question, asked)
    const end = () => {
      if (asked.next === undefined && this.#asked.get(question) === asked) this.#asked.delete(question)
    }
    underWay.then(end, end)
    return underWay
  }
}
