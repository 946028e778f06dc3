import type { Vector } from '../domain/token.ts'
import type { Viewer } from '../domain/viewer.ts'
import type { Program } from '../ops/program.ts'

/** What every resolver gets: who asks, and a way to run programs. It lives for one request, its loaders too. */
export interface RequestContext {
  readonly viewer: Viewer
  readonly requestId: string
  /** Runs a program with this request's interpreter. Rejects with DomainFailure where the program failed. */
  run<A>(program: Program<A>): Promise<A>
  /** The vector becomes part of the response's token. */
  saw(vector: Vector): void
  /** A vector as the token of this tenant. */
  token(vector: Vector): string
  /** A token of this tenant as its vector. Throws DomainFailure BAD_TOKEN. */
  vector(token: string): Vector
  /** The place in a list as an opaque cursor; `scope` from listScope. */
  cursor(scope: string, key: import('../domain/user.ts').Json): string
  /** Throws DomainFailure BAD_CURSOR. */
  place(scope: string, cursor: string): import('../domain/user.ts').Json
}
