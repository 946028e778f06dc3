/** A value that is there already, or will be. To wait for what is known costs a turn of the queue, and imports ask a million times. */
export type Soon<A> = A | Promise<A>

/** As `then` of a promise; at once, where the value is there. */
export const andThen = <A, B>(soon: Soon<A>, next: (value: A) => Soon<B>): Soon<B> =>
  soon instanceof Promise ? soon.then(next) : next(soon)

export const all = <A>(soons: readonly Soon<A>[]): Soon<readonly A[]> =>
  soons.some((soon) => soon instanceof Promise) ? Promise.all(soons) : (soons as readonly A[])
