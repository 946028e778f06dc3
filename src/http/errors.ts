import { type DomainError, domainError, type ErrorCode } from '../domain/errors.ts'
import { presented } from '../graphql/errors.ts'

/** The body of an answer that holds one error and nothing else. */
export const errorBody = (error: DomainError): string => JSON.stringify({ errors: [presented(error)] })

/** What the client is told of something that nobody expected: the request's id, under which it was logged. */
export const internalError = (requestId: string): DomainError =>
  domainError('INTERNAL', `Something went wrong here; it was logged under ${requestId}`, { requestId })

/** The status of an answer without data, by the error's code; 400 for those that are not here. */
const STATUS: Partial<Readonly<Record<ErrorCode, number>>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
}

export const statusOf = (code: unknown): number => STATUS[code as ErrorCode] ?? 400
