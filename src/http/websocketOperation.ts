import type { GraphQLFormattedError } from 'graphql'
import type { SubscribePayload } from 'graphql-ws'
import type { DomainError } from '../domain/errors.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { RequestFacts } from '../graphql/context.ts'
import type { GraphQLResponse, PreparedOperation } from '../graphql/engine.ts'
import { requestContext } from '../graphql/requestContext.ts'
import { demandsInExtensions } from './demands.ts'
import { directSend } from './directSend.ts'
import { presented } from './errors.ts'
import { guarded } from './guardedStream.ts'
import { REFUSED } from './operationLog.ts'
import type { TransportParts } from './parts.ts'
import { newRequestId } from './requestIds.ts'
import type { Session } from './websocketSession.ts'

/** One operation of a WebSocket that was authorised and may run now. */
export interface WebSocketOperation {
  readonly session: Session
  /** What the client calls it. */
  readonly id: string
  readonly facts: RequestFacts
  readonly prepared: PreparedOperation
  readonly stop: AbortController
}

export type Refused = readonly GraphQLFormattedError[]

export const refusal = (error: DomainError): Result<never, Refused> => err([presented(error)])

/** Authorises and prepares operations, and runs them: what GraphQL over WebSocket has in common with HTTP. */
export function websocketOperations({ gateway, engine, metrics, record }: TransportParts) {
  async function prepare(
    session: Session,
    id: string,
    payload: SubscribePayload,
  ): Promise<Result<WebSocketOperation, Refused>> {
    const started = performance.now()
    const viewer = await session.authorise()
    if (!viewer.ok) return refusal(viewer.error)
    const demands = demandsInExtensions(payload.extensions)
    if (!demands.ok) return refusal(demands.error)
    const stop = new AbortController()
    const facts: RequestFacts = {
      viewer: viewer.value,
      requestId: newRequestId(),
      ip: session.ip,
      signal: stop.signal,
      ...demands.value,
    }
    const { query, variables = null, operationName = null } = payload
    const prepared = engine.prepare({ query, variables, operationName })
    if (prepared.ok) return ok({ session, id, facts, prepared: prepared.operation, stop })
    record('websocket', facts, REFUSED, prepared, performance.now() - started)
    return err(prepared.errors)
  }

  async function execute({ facts, prepared }: WebSocketOperation): Promise<GraphQLResponse> {
    const started = performance.now()
    const response = await prepared.execute(requestContext(gateway, facts))
    record('websocket', facts, prepared, response, performance.now() - started)
    return response
  }

  async function subscribe({ session, id, facts, prepared, stop }: WebSocketOperation) {
    const started = performance.now()
    const source = await prepared.subscribe(requestContext(gateway, facts))
    const isStream = Symbol.asyncIterator in source
    record('websocket', facts, prepared, isStream ? {} : source, performance.now() - started)
    if (!isStream) return source
    metrics.subscriptions.inc()
    const payloads = guarded(source, {
      check: () => session.recheck(),
      stop,
      onEnd: () => metrics.subscriptions.dec(),
    })
    return directSend(session, id, payloads, stop.signal)
  }

  return {
    prepare,
    run: (operation: WebSocketOperation) =>
      operation.prepared.kind === 'subscription' ? subscribe(operation) : execute(operation),
  }
}
