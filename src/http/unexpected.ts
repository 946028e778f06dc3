import type { FastifyError, FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { type DomainError, DomainFailure, domainError } from '../domain/errors.ts'
import { LogUnavailable } from '../log/EventLog.ts'
import { ViewsUnavailable } from '../views/ViewStore.ts'
import { errorBody, internalError } from './errors.ts'
import { JSON_RESPONSE } from './mediaTypes.ts'
import { sendError } from './replies.ts'

const NOTHING_HERE = domainError('NOT_FOUND', 'There is nothing here; the API is at /graphql')

/** What a client is told of an error that was thrown: never its text or stack, which are logged under the request's id. */
export function maskError(error: unknown, requestId: string, logger: Logger): DomainError {
  logger.error({ requestId, err: error }, 'unexpected error')
  return error instanceof LogUnavailable || error instanceof ViewsUnavailable
    ? domainError('UNAVAILABLE', 'The store did not answer; try again', { requestId })
    : internalError(requestId)
}

/** What a client is told of anything that was thrown at it: its own failures as they are. */
export const explainThrown = (error: unknown, requestId: string, logger: Logger): DomainError =>
  error instanceof DomainFailure ? error.error : maskError(error, requestId, logger)

/** The answers to requests that reach no handler, or that one fails: all in the shape of GraphQL errors. */
export function unexpected(app: FastifyInstance, logger: Logger, maxBodyBytes: number): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) return sendError(request, reply, maskError(error, request.id, logger))
    return sendError(request, reply, domainError('BAD_USER_INPUT', explain(error, maxBodyBytes)), status)
  })
  // No GraphQL response, whatever was asked for: so a client does not take it for a user that is not there.
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).type(JSON_RESPONSE).send(errorBody(NOTHING_HERE)),
  )
}

/** Fastify's own refusals of a body: their texts are safe, ours say what to do. */
function explain(error: FastifyError, maxBodyBytes: number): string {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return `The body must be at most ${maxBodyBytes} bytes`
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return 'Content-Type: must be application/json'
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return 'The body must be JSON'
    default:
      return error.statusCode === 400 && error instanceof SyntaxError
        ? 'The body must be JSON'
        : error.message
  }
}
