import { domainError } from '../domain/errors.ts'
import type { Scope } from '../domain/scopes.ts'
import type { Vector } from '../domain/token.ts'
import { may, type Viewer } from '../domain/viewer.ts'
import { fail, type Program, perform } from '../ops/program.ts'
import { atLeast } from '../ops/query.ts'

/** Ends the program with FORBIDDEN unless the viewer holds the scope. */
export function* requireScope(viewer: Viewer, scope: Scope): Program<void> {
  if (may(viewer, scope)) return
  yield* fail(
    domainError(
      'FORBIDDEN',
      `This needs the scope ${scope}; the key has ${viewer.scopes.join(', ') || 'none'}`,
      {
        wanted: scope,
        scopes: viewer.scopes,
      },
    ),
  )
}

export function* requireOperator(viewer: Viewer): Program<void> {
  if (!viewer.operator) yield* fail(domainError('FORBIDDEN', 'This needs the operator key'))
}

/** A read: needs DIRECTORY_READ, and views that have reached what the caller has already seen. */
export function* requireRead(viewer: Viewer, seen: Vector | null): Program<void> {
  yield* requireScope(viewer, 'DIRECTORY_READ')
  if (seen !== null) yield* perform(atLeast(seen))
}
