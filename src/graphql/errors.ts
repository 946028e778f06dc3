import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { type DomainError, DomainFailure, domainError } from '../domain/errors.ts'
import type { Vector } from '../domain/token.ts'
import { CommitTooLarge, CommitUnknown, LogUnavailable } from '../log/EventLog.ts'
import { BadPageKey, ViewsUnavailable } from '../views/ViewStore.ts'

/** What the translation needs of a request; a document that was refused has none. */
export interface ErrorScope {
  readonly requestId: string
  token(vector: Vector): string
}

/** Is told of every failure that is not the client's: for the server's own log. */
export type ReportFailure = (error: unknown, requestId: string) => void

/** The one place where errors become GraphQL errors (rule 13). What is not for clients is masked. */
export function presentError(
  error: GraphQLError,
  scope: ErrorScope,
  report: ReportFailure,
): GraphQLFormattedError {
  const { code, message, details } = domainErrorOf(error, scope, report)
  return {
    message,
    ...(error.locations && { locations: error.locations }),
    ...(error.path && { path: error.path }),
    extensions: { code, ...presentDetails(details, scope) },
  }
}

/** An error as it is, in the shape that all errors of the API have. */
export const presented = ({ code, message, details }: DomainError): GraphQLFormattedError => ({
  message,
  extensions: { code, ...details },
})

/** A document or variables that GraphQL itself refused. */
export function presentRefusal(error: GraphQLError): GraphQLFormattedError {
  return {
    message: error.message,
    ...(error.locations && { locations: error.locations }),
    extensions: { ...error.extensions, code: 'BAD_USER_INPUT' },
  }
}

function domainErrorOf(error: GraphQLError, scope: ErrorScope, report: ReportFailure): DomainError {
  const cause = error.originalError
  // GraphQL's own: a variable or an argument that is not of its type.
  if (cause == null || cause instanceof GraphQLError) {
    return domainError('BAD_USER_INPUT', error.message, error.extensions)
  }
  if (cause instanceof DomainFailure) return cause.error
  if (cause instanceof CommitTooLarge) return domainError('BAD_USER_INPUT', cause.message)
  if (cause instanceof BadPageKey) return OF_ANOTHER_VERSION
  report(cause, scope.requestId)
  if (cause instanceof CommitUnknown) {
    return domainError('UNAVAILABLE', MAY_BE_COMMITTED, { mayBeCommitted: true, requestId: scope.requestId })
  }
  if (cause instanceof LogUnavailable || cause instanceof ViewsUnavailable) {
    return domainError(
      'UNAVAILABLE',
      'The store did not answer; whether a write took effect is not known. Retry it with an Idempotency-Key',
      {
        requestId: scope.requestId,
      },
    )
  }
  return domainError('INTERNAL', `Something went wrong here; it was logged under ${scope.requestId}`, {
    requestId: scope.requestId,
  })
}

const MAY_BE_COMMITTED =
  'The store did not say what became of the write: it may have been carried out. Repeat it with the same Idempotency-Key, and it takes effect once. If it had none, read what it was to change, which may take a moment to show, before you repeat it'

const WHY = 'it was made by another version of rollcall, or over another kind of views: start the list again'
const OF_ANOTHER_VERSION = domainError('BAD_CURSOR', `The cursor cannot be used here: ${WHY}`, { why: WHY })

/** Vectors become tokens: clients use them, they never read them. */
function presentDetails(details: DomainError['details'], scope: ErrorScope): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(details ?? {}))
    shown[key] = isVector(value) ? scope.token(value) : value
  return shown
}

const isVector = (value: unknown): value is Vector =>
  typeof value === 'object' && value !== null && 'streams' in value && value.streams instanceof Map
