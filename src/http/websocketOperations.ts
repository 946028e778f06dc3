import type { GraphQLFormattedError } from 'graphql'
import type { SubscribePayload } from 'graphql-ws'
import type { DomainError } from '../domain/errors.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { RequestFacts } from '../graphql/context.ts'
import type { GraphQLResponse } from '../graphql/engine.ts'
import { presented } from '../graphql/errors.ts'
import { requestContext } from '../graphql/requestContext.ts'
import { DirectSend } from './DirectSend.ts'
import { demandsInExtensions } from './demands.ts'
import { REFUSED } from './operationLog.ts'
import type { TransportParts } from './parts.ts'
import { newRequestId } from './requestIds.ts'
import type { WebSocketOperation } from './websocketOperation.ts'
import type { Session } from './websocketSession.ts'

export type Refused = readonly GraphQLFormattedError[]

export const refusal = (error: DomainError): Result<never, Refused> => err([presented(error)])

/** Authorises and prepares operations, and runs them: what GraphQL over WebSocket has in common with HTTP. */
export function websocketOperations({ gateway, engine, record, subscribe }: TransportParts) {
  async function prepare(
    session: Session,
    id: string,
    payload: SubscribePayload,
  ): Promise<Result<WebSocketOperation, Refused>> {
    const started = performance.now()
    const viewer = await session.standing.authorise()
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

  function follow(operation: WebSocketOperation): Result<DirectSend, Refused> {
    const { standing } = operation.session
    const payloads = subscribe({ ...operation, transport: 'websocket', standing })
    return payloads.ok ? ok(new DirectSend(operation, payloads.value)) : refusal(payloads.error)
  }

  return {
    prepare,
    run: (operation: WebSocketOperation): Result<DirectSend | Promise<GraphQLResponse>, Refused> =>
      operation.prepared.kind === 'subscription' ? follow(operation) : ok(execute(operation)),
  }
}
