/** Who is there, as far as the writers know. Another may have deleted them meanwhile. */
export class Known {
  readonly users: string[] = []
  readonly groups: string[] = []
  readonly keys: { readonly userId: string; readonly keyId: string }[] = []
  #made = 0

  /** Ids count up, so that filters can name those who will come. */
  newUser(): string {
    return this.#add('u', this.users)
  }

  newGroup(): string {
    return this.#add('g', this.groups)
  }

  user(drawn: number): string | null {
    return pick(this.users, drawn)
  }

  group(drawn: number): string | null {
    return pick(this.groups, drawn)
  }

  key(drawn: number): { readonly userId: string; readonly keyId: string } | null {
    return pick(this.keys, drawn)
  }

  forget(id: string): void {
    for (const ids of [this.users, this.groups]) if (ids.includes(id)) ids.splice(ids.indexOf(id), 1)
  }

  #add(prefix: string, to: string[]): string {
    this.#made += 1
    const id = `${prefix}${this.#made}`
    to.push(id)
    return id
  }
}

/** Late ones more often: who was made lately is written to while others still hear of it. */
function pick<A>(all: readonly A[], drawn: number): A | null {
  const recent = drawn % 2 === 0 ? all.slice(-6) : all
  return recent[drawn % recent.length] ?? null
}
