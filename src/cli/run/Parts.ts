interface Closable {
  close(): Promise<unknown>
}

/** What has been opened, to be closed in the opposite order. */
export class Parts implements Closable {
  readonly #parts: Closable[] = []

  add<A extends Closable>(part: A): A {
    this.#parts.push(part)
    return part
  }

  async open<A extends Closable>(opening: Promise<A>): Promise<A> {
    return this.add(await opening)
  }

  async close(): Promise<void> {
    for (const part of this.#parts.splice(0).reverse()) await part.close()
  }
}
