/** One newcomer in so many is admitted to a full cache. */
const ADMITTED_EVERY = 8

/**
 * A bounded cache of what was used lately. Entries are in the younger of two maps once they are used; when it is full it becomes
 * the elder, whose entries go unless they are used again. So between half of `max` and `max` entries are kept, those used last
 * among them, at a fraction of what it costs to keep the order of all.
 */
export class TwoGenerations<Key, Value extends object> {
  readonly #half: number
  #younger = new Map<Key, Value>()
  #elder = new Map<Key, Value>()

  constructor(max: number) {
    this.#half = Math.ceil(max / 2)
  }

  get(key: Key): Value | undefined {
    const young = this.#younger.get(key)
    if (young !== undefined) return young
    const old = this.#elder.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: Key, value: Value): void {
    this.#younger.set(key, value)
    if (this.#younger.size < this.#half) return
    this.#elder = this.#younger
    this.#younger = new Map()
  }

  /**
   * Whether a newcomer is worth an entry. Where more is used than fits, most of what comes goes again unused: so only some are
   * let in then, by chance. What is used often is among them soon; to keep what is not costs several times what it saves.
   */
  admits(): boolean {
    return this.#elder.size === 0 || Math.random() * ADMITTED_EVERY < 1
  }

  delete(key: Key): void {
    this.#younger.delete(key)
    this.#elder.delete(key)
  }

  clear(): void {
    this.#younger = new Map()
    this.#elder = new Map()
  }
}
