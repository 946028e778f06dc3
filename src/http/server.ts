import { setTimeout as delay } from 'node:timers/promises'
import { type FastifyInstance, fastify } from 'fastify'
import { domainError } from '../domain/errors.ts'
import { Authenticator } from './auth.ts'
import { answerBrokenRequest, REQUEST_TIMEOUT_MS } from './brokenRequests.ts'
import { Connections } from './Connections.ts'
import { EventStreams } from './EventStreams.ts'
import { graphqlOverHttp } from './graphqlOverHttp.ts'
import { healthRoutes } from './health.ts'
import { jsonBody } from './jsonBody.ts'
import { metricsRoute } from './metricsRoute.ts'
import { operationLog, refusalLog } from './operationLog.ts'
import { cors } from './origins.ts'
import type { ServerParts, TransportParts } from './parts.ts'
import { playground } from './playground.ts'
import { KeyReader } from './presentedKey.ts'
import { sendError } from './replies.ts'
import { requestIdOf } from './requestIds.ts'
import { StateOfTurn } from './StateOfTurn.ts'
import { GRAPHQL_PATH, type HttpSettings } from './settings.ts'
import { slowReaders } from './slowReaders.ts'
import { subscriptions } from './subscriptions.ts'
import { unexpected } from './unexpected.ts'
import { type GraphQLWebSocket, graphqlWebSocket } from './websocket.ts'

export interface RollcallServer {
  /** Resolves with the server's URL once it takes connections. */
  listen(): Promise<string>
  /**
   * Stops gracefully: not ready any more, no new connections, what is under way finishes (for at most stopTimeoutMs), and
   * WebSockets are closed with 1001 and event streams are cut, after which clients connect again. Close the feed and the log after it, not before.
   */
  close(): Promise<void>
}

/** Puts the transports together. Nothing listens until `listen`. */
export async function createServer(given: ServerParts): Promise<RollcallServer> {
  const { gateway, settings, metrics, logger, readiness } = given
  const record = operationLog(metrics, logger)
  const stateOfTurn = new StateOfTurn(gateway.views)
  const connections = new Connections(settings.maxConnections, settings.maxFollowersPerKey)
  const parts: TransportParts = {
    ...given,
    keys: new KeyReader(settings.operatorKeyHash),
    authenticator: new Authenticator(gateway.views, stateOfTurn, readiness, settings.maxFailedKeysPerMinute),
    stateOfTurn,
    record,
    recordRefusal: refusalLog(metrics, logger),
    connections,
    subscribe: subscriptions({ gateway, metrics, record, connections, settings }),
  }
  let closing: Promise<void> | null = null

  const app = newApp(settings)
  jsonBody(app)
  commonHeaders(app)
  cors(app, settings.corsOrigins)
  slowReaders(app, settings.maxSilenceMs, logger)
  unexpected(app, logger, settings.maxBodyBytes)
  const streams = new EventStreams(parts)
  graphqlOverHttp(app, parts, streams)
  healthRoutes(app, readiness, () => closing !== null)
  metricsRoute(app, parts)
  if (settings.playground) await playground(app, { graphqlPath: GRAPHQL_PATH })
  const websocket = graphqlWebSocket(app.server, parts)
  await app.ready()

  return {
    listen: () => app.listen({ host: settings.host, port: settings.port }),
    close() {
      closing ??= stop(app, { websocket, streams }, settings.stopTimeoutMs)
      return closing
    },
  }
}

function newApp({ maxBodyBytes }: HttpSettings): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: ({ message }, request, reply) =>
      sendError(request, reply, domainError('BAD_USER_INPUT', message)),
    requestIdHeader: false,
    genReqId: ({ headers }) => requestIdOf(headers),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  })
  return app
}

/** Answers are data, and a browser is to take them for nothing else. The playground, which is more, has its own. */
const COMMON_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
}

function commonHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(COMMON_HEADERS).header('x-request-id', request.id)
    done()
  })
}

const IDLE_LOOK_MS = 25

async function stop(
  app: FastifyInstance,
  { websocket, streams }: { readonly websocket: GraphQLWebSocket; readonly streams: EventStreams },
  timeoutMs: number,
): Promise<void> {
  // A connection that was busy when the stop began turns idle later, and would be kept alive.
  const idleLook = setInterval(() => app.server.closeIdleConnections(), IDLE_LOOK_MS)
  try {
    streams.close()
    const closed = app.close()
    const graceful = Promise.all([closed, websocket.close()]).then(() => true)
    if (await Promise.race([graceful, delay(timeoutMs, false, { ref: false })])) return
    websocket.terminate()
    app.server.closeAllConnections()
    await closed
  } finally {
    clearInterval(idleLook)
  }
}
