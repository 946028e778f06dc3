import { once } from 'node:events'
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { handleProtocols } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { clientAddress } from './clientAddress.ts'
import { CLOSE, closeCodeOf } from './closeCodes.ts'
import { KeepAlive } from './keepAlive.ts'
import { mayConnect } from './origins.ts'
import type { TransportParts } from './parts.ts'
import { newRequestId } from './requestIds.ts'
import { GRAPHQL_PATH } from './settings.ts'
import { UnderWay } from './underWay.ts'
import { explainThrown } from './unexpected.ts'
import { websocketProtocol } from './websocketProtocol.ts'
import { Session } from './websocketSession.ts'

export interface GraphQLWebSocket {
  /** Takes no more connections or operations, waits for queries and mutations, then sends the clients elsewhere (1001). */
  close(): Promise<void>
  /** Ends what is left, at once. */
  terminate(): void
}

/** graphql-transport-ws on the path of the HTTP endpoint. */
export function graphqlWebSocket(server: Server, parts: TransportParts): GraphQLWebSocket {
  const { settings, metrics, logger, connections } = parts
  const underWay = new UnderWay()
  let isStopping = false
  const protocol = websocketProtocol(parts, underWay, () => isStopping)
  const sockets = new WebSocketServer({ noServer: true, maxPayload: settings.maxBodyBytes, handleProtocols })
  const { maxSilenceMs } = settings
  const keepAlive = new KeepAlive(sockets.clients, settings.keepAliveMs, {
    maxSilenceMs,
    onSilence: (client) => giveUp(client, 'No sign of life'),
  })
  metrics.unread(() => [...sockets.clients].reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0))

  /** Made once: a listener of each socket's own would keep the request, with its headers, for as long as the socket. */
  const onSocketError = (error: Error): void => logger.debug({ err: error }, 'websocket failed')

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', onSocketError)
    const { origin, host } = request.headers
    if (request.url?.split('?', 1)[0] !== GRAPHQL_PATH) refuseUpgrade(socket, 404)
    else if (isStopping) refuseUpgrade(socket, 503)
    else if (!mayConnect(origin, host, settings.corsOrigins)) refuseUpgrade(socket, 403)
    else sockets.handleUpgrade(request, socket, head, onConnection)
  }

  function onConnection(client: WebSocket, request: IncomingMessage): void {
    client.on('error', onSocketError)
    if (!connections.open()) {
      client.close(CLOSE.tryLater, connections.limited('Too many connections').message)
      return
    }
    metrics.connections.inc()
    keepAlive.watch(client)
    // No byte has gone either way for so long, although pings are sent: of what waits for the client it has taken none.
    request.socket.setTimeout(maxSilenceMs, () => giveUp(client, 'Nothing was read'))
    const ip = clientAddress(request, settings.trustedProxies)
    const session = new Session(client, request.socket, ip, parts)
    const closed = protocol.opened(
      {
        protocol: client.protocol,
        send: (message) => session.sender.send(message),
        close: (code, reason) => client.close(code, reason),
        onMessage: (handle) => client.on('message', (data) => void handle(String(data)).catch(fail)),
      },
      session,
    )
    function fail(error: unknown): void {
      const { code, message } = explainThrown(error, newRequestId(), logger)
      session.close(closeCodeOf(code), message)
    }
    client.once('close', (code, reason) => {
      connections.close()
      session.end()
      metrics.connections.dec()
      closed(code, String(reason)).catch((error) => logger.error({ err: error }, 'websocket cleanup failed'))
    })
  }

  /** Whoever gives no sign of life hardly answers a close. */
  function giveUp(client: WebSocket, why: string): void {
    if (client.readyState !== client.OPEN) return
    logger.info({ transport: 'websocket', reason: why }, 'gave a client up')
    client.close(CLOSE.tryLater, `${why} for ${maxSilenceMs / 1_000} s`)
    setTimeout(() => client.terminate(), settings.websocket.closeTimeoutMs).unref()
  }

  server.on('upgrade', onUpgrade)

  return {
    async close() {
      isStopping = true
      await underWay.idle()
      // The last answers are handed to their sockets in this turn of the event loop.
      await nextTurn()
      const closed = [...sockets.clients].map((client) => once(client, 'close'))
      for (const client of sockets.clients) client.close(CLOSE.goingAway, 'The server stops: connect again')
      await Promise.all(closed)
      keepAlive.stop()
    },
    terminate() {
      keepAlive.stop()
      for (const client of sockets.clients) client.terminate()
    },
  }
}

function refuseUpgrade(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
