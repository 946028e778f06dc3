import { type GraphQLError, GraphQLSchema, parse } from 'graphql'
import { makeServer, type Server, type ServerOptions, type SubscribePayload } from 'graphql-ws'
import { type DomainError, domainError } from '../domain/errors.ts'
import type { Result } from '../domain/result.ts'
import type { GraphQLResponse } from '../graphql/engine.ts'
import { presented } from '../graphql/errors.ts'
import { CLOSE } from './closeCodes.ts'
import type { TransportParts } from './parts.ts'
import { newRequestId } from './requestIds.ts'
import type { UnderWay } from './underWay.ts'
import { explainThrown } from './unexpected.ts'
import type { WebSocketOperation } from './websocketOperation.ts'
import { type Refused, refusal, websocketOperations } from './websocketOperations.ts'
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
    return [presented(explainThrown(originalError, newRequestId(), parts.logger))]
  }

  /** A connection whose key is no longer good is of no further use, nor is one that keeps trying. */
  function closeCodeAfter(code: unknown, session: Session): number | null {
    if (code === 'UNAUTHENTICATED') return CLOSE.unauthenticated
    if (code !== 'RATE_LIMITED') return null
    session.refusals += 1
    return session.refusals > maxOperations ? CLOSE.tooManyRefusals : null
  }

  const options: Options = {
    connectionInitWaitTimeout: initTimeoutMs,
    onConnect: ({ connectionParams, extra }) => extra.introduce(connectionParams),
    async onSubscribe({ subscriptions, extra }, id, payload) {
      const active = Object.keys(subscriptions).length
      return { ...PLACEHOLDER, contextValue: await admit(extra, id, payload, active) }
    },
    execute({ contextValue }) {
      const prepared = contextValue as Prepared
      const running = prepared.ok ? run(prepared.value) : prepared
      if (prepared.ok && running.ok) prepared.value.session.refusals = 0
      return (running.ok ? running.value : refusing(running.error)) as Executed
    },
    onNext: (_ctx, _id, _payload, _args, result) => result as GraphQLResponse as object,
    onComplete: (_ctx, _id, payload) => underWay.delete(payload),
    onError({ extra }, _id, _payload, errors) {
      const shown = errors.flatMap(present)
      const code = closeCodeAfter(shown[0]?.extensions?.code, extra)
      // Once the error is on its way.
      if (code !== null) setImmediate(() => extra.close(code, shown[0]?.message ?? ''))
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
