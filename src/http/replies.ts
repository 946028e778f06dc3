import type { FastifyReply, FastifyRequest } from 'fastify'
import type { DomainError } from '../domain/errors.ts'
import type { GraphQLResponse } from '../graphql/engine.ts'
import { COMPLETE_EVENT, nextEvent } from './EventStream.ts'
import { errorBody, statusOf } from './errors.ts'
import { EVENT_STREAM, GRAPHQL_RESPONSE, JSON_RESPONSE, type MediaType, negotiate } from './mediaTypes.ts'

/** Sends a GraphQL response as it is, with the consistency token of what it saw in a header too. */
export function sendResponse(
  reply: FastifyReply,
  mediaType: MediaType,
  response: GraphQLResponse,
): FastifyReply {
  const token = response.extensions?.token
  if (typeof token === 'string') reply.header('rollcall-token', token)
  return reply
    .code(statusFor(response, mediaType))
    .header('content-type', mediaType)
    .send(mediaType === EVENT_STREAM ? asEvents(response) : JSON.stringify(response))
}

const asEvents = (response: GraphQLResponse): string =>
  nextEvent({ json: JSON.stringify(response), cursor: null }) + COMPLETE_EVENT

/** Whoever has data was answered. Without data, the new media type tells by the status what the old one tells in the body only. */
function statusFor({ data, errors }: GraphQLResponse, mediaType: MediaType): number {
  if (data !== undefined || mediaType !== GRAPHQL_RESPONSE) return 200
  return statusOf(errors?.[0]?.extensions?.code)
}

/** Sends an error of the transport, as JSON: the request never became a GraphQL operation. */
export function sendError(
  request: FastifyRequest,
  reply: FastifyReply,
  error: DomainError,
  status = statusOf(error.code),
): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  const retryAfter = error.details?.retryAfter
  if (typeof retryAfter === 'number') reply.header('retry-after', retryAfter)
  const wanted = negotiate(request.headers.accept)
  const mediaType = wanted === EVENT_STREAM ? JSON_RESPONSE : wanted
  return reply.code(status).header('content-type', mediaType).send(errorBody(error))
}
