import type { SQLInputValue } from 'node:sqlite'

/** The parameters of a statement that is put together from fragments: each is numbered, so fragments may repeat it. */
export class Params {
  readonly values: SQLInputValue[]

  constructor(values: readonly SQLInputValue[] = []) {
    this.values = [...values]
  }

  /** Takes a value and gives its place: `?1`, `?2`, … */
  add(value: SQLInputValue): string {
    this.values.push(value)
    return `?${this.values.length}`
  }

  /** For another statement that has fragments in common with this one. */
  fork(): Params {
    return new Params(this.values)
  }
}

/** SQL for a limit, a parameter. Bare, it would have the statement compiled anew each time that it runs: SQLite looks at the value to plan with it. */
export const limitTo = (parameter: string): string => `LIMIT ${parameter} + 0`
