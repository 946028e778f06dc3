export interface Deferred<A> {
  readonly promise: Promise<A>
  readonly resolve: (value: A) => void
  readonly reject: (reason: unknown) => void
}

/** Promise.withResolvers, which Node 20 does not have. */
export function deferred<A>(): Deferred<A> {
  let resolve: Deferred<A>['resolve'] = () => {}
  let reject: Deferred<A>['reject'] = () => {}
  const promise = new Promise<A>((...ways) => {
    ;[resolve, reject] = ways
  })
  return { promise, resolve, reject }
}
