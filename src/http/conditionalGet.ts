import type { FastifyReply, FastifyRequest } from 'fastify'
import { vectorAt } from '../domain/token.ts'
import type { Gateway, RequestFacts } from '../graphql/context.ts'
import type { GraphQLRequest } from '../graphql/engine.ts'
import { entityTag, holdsTag } from './etag.ts'
import type { MediaType } from './mediaTypes.ts'

interface ConditionalRequest {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly facts: RequestFacts
  readonly mediaType: MediaType
  readonly sent: GraphQLRequest
}

/** For the client's own cache, which must ask each time. */
const CACHEABLE = {
  'cache-control': 'private, no-cache',
  vary: 'Authorization, Rollcall-Tenant, Accept, Origin',
}

/**
 * Answers If-None-Match for a request that was authorised: `current` where the client has what it would get (the reply then
 * has its headers), else the headers that an answer without errors is to have.
 */
export function conditionalGet(gateway: Gateway, schemaHash: string) {
  const { journal, tokens, feed, log, viewDeadlineMs } = gateway

  /** False for a token that cannot be used or is not reached in time: the execution says so. */
  async function reachesDemanded({ viewer, atLeast }: RequestFacts): Promise<boolean> {
    if (atLeast === null) return true
    const wanted = tokens.decode(viewer.tenant, atLeast)
    return wanted.ok && (await feed.reach(wanted.value, viewDeadlineMs))
  }

  return async ({ request, reply, facts, mediaType, sent }: ConditionalRequest) => {
    const isFresh = await reachesDemanded(facts)
    const { viewer } = facts
    const position = await journal.head(viewer.tenant)
    const etag = entityTag({ schemaHash, epoch: log.epoch, viewer, mediaType, request: sent, position })
    const headers = { ...CACHEABLE, etag }
    if (!isFresh || !holdsTag(request.headers['if-none-match'], etag)) return headers
    reply.headers(headers)
    if (position > 0) reply.header('rollcall-token', tokens.encode(viewer.tenant, vectorAt(position)))
    return 'current' as const
  }
}
