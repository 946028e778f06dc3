/**
 * What a session has seen, as few tokens as will do. A client cannot merge tokens, which are opaque; the server does: the token of an
 * answer covers those that were demanded of it. So tokens only pile up while operations run beside each other, and never to more than
 * there are of those at a time.
 */
export class SeenTokens {
  #tokens: ReadonlySet<string>

  constructor(tokens: readonly string[]) {
    this.#tokens = new Set(tokens)
  }

  get all(): readonly string[] {
    return [...this.#tokens]
  }

  add(...tokens: readonly string[]): void {
    this.#tokens = new Set([...this.#tokens, ...tokens])
  }

  /** The token covers those that were demanded. */
  replace(demanded: readonly string[], token: string): void {
    this.forget(demanded)
    this.add(token)
  }

  forget(tokens: readonly string[]): void {
    this.#tokens = new Set(this.all.filter((token) => !tokens.includes(token)))
  }
}
