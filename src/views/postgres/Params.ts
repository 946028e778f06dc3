import type { Value } from './Statements.ts'

/** The parameters of a statement that is put together from fragments: each is numbered, so fragments may repeat it. */
export class Params {
  readonly values: Value[]

  constructor(values: readonly Value[] = []) {
    this.values = [...values]
  }

  /** Takes a value and gives its place, of a type: `$1::text`, `$2::bigint`, … */
  add(value: string | number): string {
    this.values.push(value)
    return `$${this.values.length}::${typeof value === 'string' ? 'text' : 'bigint'}`
  }

  /** For another statement that has fragments in common with this one. */
  fork(): Params {
    return new Params(this.values)
  }
}
