/** An op: plain data that says what to do. `A` is what its interpreter answers; it exists in types only. */
export interface Op<Tag extends string, A> {
  readonly op: Tag
  readonly _result?: A
}

export type ResultOf<O> = O extends { readonly _result?: infer A } ? Exclude<A, undefined> : never
