import type { FastifyReply, FastifyRequest } from 'fastify'
import { vectorAt } from '../domain/token.ts'
import type { Gateway, RequestContext, RequestFacts } from '../graphql/context.ts'
import type { GraphQLRequest } from '../graphql/engine.ts'
import type { ViewState } from '../views/ViewStore.ts'
import { entityTag, holdsTag } from './etag.ts'
import type { MediaType } from './mediaTypes.ts'
import type { StateOfTurn } from './StateOfTurn.ts'

export interface ConditionalRequest {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly facts: RequestFacts
  /** In which it is executed where the client does not have the answer. */
  readonly context: RequestContext
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
export function conditionalGet(gateway: Gateway, stateOfTurn: StateOfTurn, schemaHash: string) {
  const { views, kept, tokens } = gateway

  /** What was reached is seen by whoever asks after it, and not by who asked before it in the same turn. */
  const stateFor = async ({ atLeast }: RequestFacts): Promise<ViewState> =>
    atLeast.length > 0 ? views.state() : (stateOfTurn.known ?? stateOfTurn.ask())

  return async ({ request, reply, facts, context, mediaType, sent }: ConditionalRequest) => {
    const isFresh = await context.reachesDemanded()
    const { viewer } = facts
    const { version, covers } = await stateFor(facts)
    const etag = entityTag({ schemaHash, epoch: kept.epoch, viewer, mediaType, request: sent, version })
    const headers = { ...CACHEABLE, etag }
    if (!isFresh || !holdsTag(request.headers['if-none-match'], etag)) return headers
    reply.headers(headers)
    if (covers > 0) reply.header('rollcall-token', tokens.encode(viewer.tenant, vectorAt(covers)))
    return 'current' as const
  }
}
