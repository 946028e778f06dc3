interface Closable {
  close(): Promise<unknown>
}

/** What has been opened, to be closed in the opposite order. */
class Parts implements Closable {
  readonly #parts: Closable[] = []

  add<A extends Closable>(part: A): A {
    this.#parts.push(part)
    return part
  }

  async open<A extends Closable>(opening: Promise<A>): Promise<A> {
    return this.add(await opening)
  }

  /** All of them, whichever fails to close; rejects with what the first of those failed with. */
  async close(): Promise<void> {
    const failures: unknown[] = []
    for (const part of this.#parts.splice(0).reverse()) {
      await part.close().catch((error: unknown) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
  }
}

/**
 * What the work makes of the parts that it opens; closed, it closes them. Where the work fails, those that are open are closed, and it
 * rejects with what the work failed with.
 */
export async function opening<A extends object>(
  work: (parts: Parts) => Promise<A>,
): Promise<A & { close(): Promise<void> }> {
  const parts = new Parts()
  const close = () => parts.close()
  try {
    return { ...(await work(parts)), close }
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
}
