import { type GraphQLError, GraphQLSchema, parse } from 'graphql'
import { makeServer, type Server, type ServerOptions, type SubscribePayload } from 'graphql-ws'
import { type DomainError, DomainFailure, domainError } from '../domain/errors.ts'
import type { Result } from '../domain/result.ts'
import type { GraphQLResponse } from '../graphql/engine.ts'
import { CLOSE } from './closeCodes.ts'
import { presented } from './errors.ts'
import type { TransportParts } from './parts.ts'
import { newRequestId } from './requestIds.ts'
import type { UnderWay } from './underWay.ts'
import { maskError } from './unexpected.ts'
import { type Refused, refusal, type WebSocketOperation, websocketOperations } from './websocketOperation.ts'
import type { Session } from './websocketSession.ts'

type Options = ServerOptions<Record<string, unknown>, Session>
type Prepared = Result<WebSocketOperation, Refused>

/**
 * graphql-transport-ws over the engine. Each operation is authorised anew when it starts, and a subscription again before each
 * message that it sends: a key that is no longer good ends with UNAUTHENTICATED, and its connection with 4401.
 */
export function websocketProtocol(
  parts: TransportParts,
  underWay: UnderWay,
  isStopping: () => boolean,
): Server<Session> {
  const { maxOperations, initTimeoutMs } = parts.settings.websocket
  const { prepare, run } = websocketOperations(parts)

  async function admit(
    session: Session,
    id: string,
    payload: SubscribePayload,
    active: number,
  ): Promise<Prepared> {
    if (isStopping()) return refusal(STOPPING)
    if (active > maxOperations) return refusal(tooMany(maxOperations))
    const prepared = await prepare(session, id, payload)
    if (prepared.ok && prepared.value.prepared.kind !== 'subscription') underWay.add(payload)
    return prepared
  }

  /** What was thrown, as the client is told of it. */
  function present({ originalError }: GraphQLError): Refused {
    if (originalError instanceof Refusal) return originalError.errors
    if (originalError instanceof DomainFailure) return [presented(originalError.error)]
    return [presented(maskError(originalError, newRequestId(), parts.logger))]
  }

  const options: Options = {
    connectionInitWaitTimeout: initTimeoutMs,
    onConnect: ({ connectionParams, extra }) => extra.introduce(connectionParams),
    async onSubscribe({ subscriptions, extra }, id, payload) {
      const active = Object.keys(subscriptions).length
      if (active > 2 * maxOperations) extra.close(CLOSE.tooManyOperations, tooMany(maxOperations).message)
      return { ...PLACEHOLDER, contextValue: await admit(extra, id, payload, active) }
    },
    execute({ contextValue }) {
      const prepared = contextValue as Prepared
      return (prepared.ok ? run(prepared.value) : refusing(prepared.error)) as Executed
    },
    onNext: (_ctx, _id, _payload, _args, result) => result as GraphQLResponse as object,
    onComplete: (_ctx, _id, payload) => underWay.delete(payload),
    onError({ extra }, _id, _payload, errors) {
      const shown = errors.flatMap(present)
      // Once the error is on its way: a connection whose key is no longer good is of no further use.
      if (shown[0]?.extensions?.code === 'UNAUTHENTICATED') {
        setImmediate(() => extra.close(CLOSE.unauthenticated, shown[0]?.message ?? ''))
      }
      return shown
    },
  }
  return makeServer(options)
}

type Executed = ReturnType<NonNullable<Options['execute']>>

/** graphql-ws wants to see a document to choose between execute and subscribe; the engine has its own, and `execute` does for both. */
const PLACEHOLDER = { schema: new GraphQLSchema({}), document: parse('{ placeholder }') }

/** Carries what an operation was refused for through graphql-ws, which asks `onError` about a stream that throws. */
class Refusal extends Error {
  readonly errors: Refused
  constructor(errors: Refused) {
    super('the operation was refused')
    this.errors = errors
  }
}

const refusing = (errors: Refused): AsyncIterable<never> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Refusal(errors)) }),
})

const STOPPING = domainError('UNAVAILABLE', 'The server stops: connect again')

const tooMany = (max: number): DomainError =>
  domainError('RATE_LIMITED', `At most ${max} operations at a time on one connection`)
