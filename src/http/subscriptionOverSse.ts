import type { FastifyReply, FastifyRequest } from 'fastify'
import { domainError } from '../domain/errors.ts'
import type { RequestFacts } from '../graphql/context.ts'
import type { PreparedOperation } from '../graphql/engine.ts'
import { COMPLETE_EVENT, nextEvent } from './EventStream.ts'
import type { EventStreams } from './EventStreams.ts'
import { errorBody } from './errors.ts'
import type { TransportParts } from './parts.ts'
import { sendError } from './replies.ts'
import { Standing } from './Standing.ts'
import { sendAll } from './sendAll.ts'
import { explainThrown } from './unexpected.ts'

/**
 * A subscription as server-sent events, in the distinct connections mode of graphql-sse: a connection for each. It ends with
 * `complete` only where there is nothing to come back for; a server that stops, or a client that is cut off, ends without.
 */
export function subscriptionOverSse(parts: TransportParts, streams: EventStreams) {
  const { authenticator, connections, gateway, keys, logger, subscribe } = parts

  return async (
    request: FastifyRequest,
    reply: FastifyReply,
    facts: RequestFacts,
    prepared: PreparedOperation,
  ): Promise<FastifyReply> => {
    const refuse = (error: Parameters<typeof sendError>[2]) => sendError(request, reply, error)
    if (streams.isStopping) return refuse(STOPPING)
    const { authorization, 'rollcall-tenant': tenant } = request.headers
    const presented = keys.readFrom(request.raw.socket, authorization)
    const standing = new Standing({ presented, tenant: tenant?.toString() }, authenticator, gateway.feed)
    const stop = new AbortController()
    const payloads = subscribe({
      transport: 'sse',
      facts: { ...facts, signal: stop.signal },
      prepared,
      standing,
      stop,
    })
    if (!payloads.ok) return refuse(payloads.error)
    const stream = streams.open(reply, stop)
    if (stream === null) {
      stop.abort()
      return refuse(connections.limited('Too many connections'))
    }
    try {
      await sendAll(payloads.value, stop.signal, stream.sender, nextEvent)
    } catch (error) {
      const json = errorBody(explainThrown(error, facts.requestId, logger))
      stream.sender.send(nextEvent({ json, cursor: null }))
    }
    stream.sender.send(COMPLETE_EVENT)
    stream.end()
    return reply
  }
}

const STOPPING = domainError('UNAVAILABLE', 'The server stops: connect again')
