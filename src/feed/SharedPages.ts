/** Remembered at once: with pages of 500 events some tens of megabytes at worst. */
const MAX_PAGES = 32

/** The last pages that were read, so that many readers at the same place cost one read. Only for what never changes. */
export class SharedPages<Page> {
  readonly #pages = new Map<string, Promise<Page>>()

  /** The page of this key, read if it is not remembered. A read that fails is told to all who wait for it, and forgotten. */
  get(key: string, read: () => Promise<Page>): Promise<Page> {
    const known = this.#pages.get(key)
    if (known !== undefined) return known
    const page = read()
    this.#pages.set(key, page)
    page.catch(() => this.#pages.delete(key))
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= MAX_PAGES) break
      this.#pages.delete(oldest)
    }
    return page
  }
}
