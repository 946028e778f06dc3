import type { FastifyReply, FastifyRequest } from 'fastify'
import { EMPTY_VECTOR, mergeVectors, type Vector, vectorAt } from '../domain/token.ts'
import type { Gateway, RequestFacts } from '../graphql/context.ts'
import type { GraphQLRequest } from '../graphql/engine.ts'
import type { ViewState } from '../views/ViewStore.ts'
import { entityTag, holdsTag } from './etag.ts'
import type { MediaType } from './mediaTypes.ts'
import type { StateOfTurn } from './StateOfTurn.ts'

export interface ConditionalRequest {
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
export function conditionalGet(gateway: Gateway, stateOfTurn: StateOfTurn, schemaHash: string) {
  const { views, kept, tokens, feed, viewDeadlineMs } = gateway

  /** False for a token that cannot be used or is not reached in time: the execution says so. */
  async function reachesDemanded({ viewer, atLeast }: RequestFacts): Promise<boolean> {
    let wanted: Vector = EMPTY_VECTOR
    for (const token of atLeast) {
      const decoded = tokens.decode(viewer.tenant, token)
      if (!decoded.ok) return false
      wanted = mergeVectors(wanted, decoded.value)
    }
    return wanted === EMPTY_VECTOR || feed.reach(wanted, viewDeadlineMs)
  }

  /** What was reached is seen by whoever asks after it, and not by who asked before it in the same turn. */
  const stateFor = async ({ atLeast }: RequestFacts): Promise<ViewState> =>
    atLeast.length > 0 ? views.state() : (stateOfTurn.known ?? stateOfTurn.ask())

  return async ({ request, reply, facts, mediaType, sent }: ConditionalRequest) => {
    const isFresh = await reachesDemanded(facts)
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
