import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type DomainError, domainError } from '../domain/errors.ts'
import type { Result } from '../domain/result.ts'
import type { Soon } from '../domain/soon.ts'
import type { Viewer } from '../domain/viewer.ts'
import type { RequestFacts } from '../graphql/context.ts'
import type { PreparedOperation } from '../graphql/engine.ts'
import { requestContext } from '../graphql/requestContext.ts'
import type { Verdict } from './auth.ts'
import { clientAddress } from './clientAddress.ts'
import { type ConditionalRequest, conditionalGet } from './conditionalGet.ts'
import { demandsOf } from './demands.ts'
import type { EventStreams } from './EventStreams.ts'
import { endOfTurn } from './endOfTurn.ts'
import { type ParsedRequest, requestInBody, requestInUrl } from './graphqlRequest.ts'
import { negotiate, takesEvents } from './mediaTypes.ts'
import { REFUSED } from './operationLog.ts'
import type { TransportParts } from './parts.ts'
import { sendError, sendResponse } from './replies.ts'
import { GRAPHQL_PATH } from './settings.ts'
import { subscriptionOverSse } from './subscriptionOverSse.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before the handlers of /graphql run. */
    viewer: Viewer
  }
}

/**
 * POST and GET /graphql, as GraphQL over HTTP describes it (https://graphql.github.io/graphql-over-http), and, for those who accept
 * text/event-stream, as graphql-sse does.
 */
export function graphqlOverHttp(app: FastifyInstance, parts: TransportParts, streams: EventStreams): void {
  const { gateway, engine, keys, authenticator, record, recordRefusal } = parts
  const { trustedProxies } = parts.settings
  const notModified = conditionalGet(gateway, parts.stateOfTurn, engine.schemaHash)
  const follow = subscriptionOverSse(parts, streams)

  /** Before the body is read: strangers send nothing that is looked at. */
  function authenticate(request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
    const { authorization, 'rollcall-tenant': tenant } = request.headers
    const presented = keys.readFrom(request.raw.socket, authorization)
    const ip = clientAddress(request.raw, trustedProxies)
    const verdict = authenticator.admit({ presented, tenant: tenant?.toString() }, ip)
    const enter = (settled: Verdict) => {
      if (settled.ok) {
        request.viewer = settled.value
        return done()
      }
      recordRefusal('http', ip, request.id, settled.error)
      sendError(request, reply, settled.error)
    }
    if (verdict instanceof Promise) verdict.then(enter).catch(done)
    else enter(verdict)
  }

  function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    parsed: Result<ParsedRequest, DomainError>,
  ): Soon<FastifyReply> {
    const started = performance.now()
    if (!parsed.ok) return sendError(request, reply, parsed.error)
    const demands = demandsOf(request.headers, parsed.value.extensions)
    if (!demands.ok) return sendError(request, reply, demands.error)
    const facts: RequestFacts = {
      viewer: request.viewer,
      requestId: request.id,
      ip: clientAddress(request.raw, trustedProxies),
      signal: null,
      idempotencyKey: demands.value.idempotencyKey,
      atLeast: demands.value.atLeast,
      resumeAfter: demands.value.resumeAfter,
    }
    const mediaType = negotiate(request.headers.accept)
    const prepared = engine.prepare(parsed.value)
    if (!prepared.ok) {
      record('http', facts, REFUSED, prepared, performance.now() - started)
      return sendResponse(reply, mediaType, { errors: prepared.errors })
    }
    const { operation } = prepared
    const misuse = misuseOf(operation, request)
    if (misuse !== null) return refuse(request, reply, misuse)
    if (operation.kind === 'subscription') return follow(request, reply, facts, operation)
    const context = requestContext(gateway, facts)
    return execute({ request, reply, facts, context, mediaType, sent: parsed.value }, operation, started)
  }

  async function execute(
    asked: ConditionalRequest,
    operation: PreparedOperation,
    started: number,
  ): Promise<FastifyReply> {
    const { request, reply, facts, context, mediaType } = asked
    const tag = request.method === 'POST' ? null : await notModified(asked)
    if (tag === 'current') return reply.code(304).send()
    const response = await operation.execute(context)
    record('http', facts, operation, response, performance.now() - started)
    if (tag !== null && response.errors === undefined) reply.headers(tag)
    await endOfTurn()
    return sendResponse(reply, mediaType, response)
  }

  app.decorateRequest('viewer')
  app.post(GRAPHQL_PATH, { onRequest: authenticate }, (request, reply) =>
    answer(request, reply, requestInBody(request.body)),
  )
  app.get(GRAPHQL_PATH, { onRequest: authenticate }, (request, reply) =>
    answer(request, reply, requestInUrl(request.query as Record<string, unknown>)),
  )
  app.route({
    url: GRAPHQL_PATH,
    method: ['PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    handler: (request, reply) => refuse(request, reply, ['GET, POST', 'Use POST, or GET for queries']),
  })
}

/** The methods that would do, and what to say, of an operation that this request may not ask for. */
type Misuse = readonly [allow: string, message: string]

function misuseOf({ kind }: PreparedOperation, { method, headers }: FastifyRequest): Misuse | null {
  if (kind === 'subscription')
    return method !== 'HEAD' && takesEvents(headers.accept) ? null : ['GET, POST', WAYS_TO_SUBSCRIBE]
  if (kind === 'mutation' && method !== 'POST') return ['POST', 'Mutations need POST']
  return null
}

const WAYS_TO_SUBSCRIBE = `Subscriptions need Accept: text/event-stream, or a WebSocket to ${GRAPHQL_PATH} (graphql-transport-ws)`

const refuse = (request: FastifyRequest, reply: FastifyReply, [allow, message]: Misuse): FastifyReply =>
  sendError(request, reply.header('allow', allow), domainError('BAD_USER_INPUT', message), 405)
