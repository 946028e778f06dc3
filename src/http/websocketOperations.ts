import { GraphQLError, type GraphQLFormattedError, GraphQLSchema, parse } from 'graphql'
import { makeServer, type Server, type ServerOptions } from 'graphql-ws'
import { type DomainError, DomainFailure, domainError } from '../domain/errors.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { RequestFacts } from '../graphql/context.ts'
import type { GraphQLResponse, PreparedOperation } from '../graphql/engine.ts'
import { requestContext } from '../graphql/requestContext.ts'
import { CLOSE } from './closeCodes.ts'
import { demandsInExtensions } from './demands.ts'
import { presented } from './errors.ts'
import { guarded } from './guardedStream.ts'
import type { TransportParts } from './parts.ts'
import { newRequestId } from './requestIds.ts'
import { maskError } from './unexpected.ts'
import type { Session } from './websocketSession.ts'

/** One operation that may run now. */
interface Running {
  readonly session: Session
  readonly facts: RequestFacts
  readonly operation: PreparedOperation
  readonly stop: AbortController
}

/** Queries and mutations that are under way, so that a stop can wait for them. */
export type UnderWay = Set<Promise<unknown>>

/**
 * graphql-transport-ws over the engine. Each operation is authorised anew when it starts, and a subscription again before each
 * message that it sends: a key that is no longer good ends with UNAUTHENTICATED, and its connection with 4401.
 */
export function operationServer(
  parts: TransportParts,
  underWay: UnderWay,
  isStopping: () => boolean,
): Server<Session> {
  const { gateway, engine, metrics, record, logger, settings } = parts
  const { maxOperations } = settings.websocket

  async function prepare(
    session: Session,
    payload: Parameters<NonNullable<Options['onSubscribe']>>[2],
    active: number,
  ): Promise<Result<Running, readonly GraphQLFormattedError[]>> {
    if (isStopping()) return refused(STOPPING)
    if (active > maxOperations) return refused(tooMany(maxOperations))
    const viewer = await session.authorise()
    if (!viewer.ok) return refused(viewer.error)
    const demands = demandsInExtensions(payload.extensions)
    if (!demands.ok) return refused(demands.error)
    const stop = new AbortController()
    const facts: RequestFacts = {
      viewer: viewer.value,
      requestId: newRequestId(),
      ip: session.ip,
      signal: stop.signal,
      ...demands.value,
    }
    const started = performance.now()
    const { query, variables, operationName } = payload
    const prepared = engine.prepare({
      query,
      variables: variables ?? null,
      operationName: operationName ?? null,
    })
    if (prepared.ok) return ok({ session, facts, operation: prepared.operation, stop })
    record('websocket', facts, { kind: 'refused', label: 'refused' }, prepared, performance.now() - started)
    return err(prepared.errors)
  }

  async function execute({ facts, operation }: Running): Promise<GraphQLResponse> {
    const started = performance.now()
    const response = await operation.execute(requestContext(gateway, facts))
    record('websocket', facts, operation, response, performance.now() - started)
    return response
  }

  async function subscribe({ session, facts, operation, stop }: Running) {
    const started = performance.now()
    const source = await operation.subscribe(requestContext(gateway, facts))
    const isStream = Symbol.asyncIterator in source
    record('websocket', facts, operation, isStream ? {} : source, performance.now() - started)
    if (!isStream) return source
    metrics.subscriptions.inc()
    return guarded(source, {
      check: () => session.recheck(),
      stop,
      onEnd: () => metrics.subscriptions.dec(),
    })
  }

  function run(running: Running) {
    if (running.operation.kind === 'subscription') return subscribe(running)
    const execution = execute(running)
    underWay.add(execution)
    void execution.finally(() => underWay.delete(execution))
    return execution
  }

  /** What graphql-ws passes on of an error: ours as they are, others masked. */
  function present(error: GraphQLError): GraphQLFormattedError {
    if (error instanceof PresentedError) return error.toJSON()
    const { originalError } = error
    if (originalError instanceof DomainFailure) return presented(originalError.error)
    return presented(maskError(originalError ?? error, newRequestId(), logger))
  }

  const options: Options = {
    connectionInitWaitTimeout: settings.websocket.initTimeoutMs,
    onConnect: ({ connectionParams, extra }) => extra.introduce(connectionParams),
    async onSubscribe({ subscriptions, extra }, _id, payload) {
      const active = Object.keys(subscriptions).length
      if (active > 2 * maxOperations) extra.close(CLOSE.tooManyOperations, tooMany(maxOperations).message)
      const prepared = await prepare(extra, payload, active)
      if (!prepared.ok) return prepared.error.map((error) => new PresentedError(error))
      return { ...PLACEHOLDER, contextValue: prepared.value }
    },
    execute: ({ contextValue }) =>
      run(contextValue as Running) as ReturnType<NonNullable<Options['execute']>>,
    onNext: (_ctx, _id, _payload, _args, result) => result as GraphQLResponse as object,
    onError({ extra }, _id, _payload, errors) {
      const shown = errors.map(present)
      // Once the error is on its way: a connection whose key is no longer good is of no further use.
      if (shown[0]?.extensions?.code === 'UNAUTHENTICATED') {
        setImmediate(() => extra.close(CLOSE.unauthenticated, shown[0]?.message ?? ''))
      }
      return shown
    },
  }
  return makeServer(options)
}

type Options = ServerOptions<Record<string, unknown>, Session>

/** graphql-ws wants to see a document to choose between execute and subscribe; the engine has its own, and `execute` does for both. */
const PLACEHOLDER = { schema: new GraphQLSchema({}), document: parse('{ placeholder }') }

/** Carries a formatted error through graphql-ws, which takes only GraphQLErrors. */
class PresentedError extends GraphQLError {
  readonly #formatted: GraphQLFormattedError
  constructor(formatted: GraphQLFormattedError) {
    super(formatted.message)
    this.#formatted = formatted
  }
  override toJSON(): GraphQLFormattedError {
    return this.#formatted
  }
}

const refused = (error: DomainError) => err([presented(error)])

const STOPPING = domainError('UNAVAILABLE', 'The server stops: connect again')

const tooMany = (max: number): DomainError =>
  domainError('RATE_LIMITED', `At most ${max} operations at a time on one connection`)
