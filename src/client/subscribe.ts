import { createClient } from 'graphql-ws/client'
import type { RetryWindow } from './backoff.ts'
import { closeError } from './closeError.ts'
import type { Endpoint } from './Endpoint.ts'
import { RollcallError, type WireError } from './errors.ts'
import { ChangesDocument, type ChangesSubscription, type ChangesSubscriptionVariables } from './generated.ts'
import type { Message } from './Inbox.ts'
import { readDocument } from './readDocument.ts'
import { retryWindowIn } from './retryWindow.ts'

export interface Subscriber {
  /** The server has let us in, and perhaps said how to spread reconnects. */
  welcome(window: RetryWindow | null): void
  /** False: it has had enough. */
  next(message: Message): boolean
  /** Told at least once, and perhaps of what follows from the first. */
  end(error: RollcallError): void
}

const CONNECT_WITHIN_MS = 20_000
/** Without a word for so long, the server is asked whether it is there; it must say so within the second time. */
const PING_AFTER_MS = 15_000
const PONG_WITHIN_MS = 10_000

/**
 * Subscribes to changes over a WebSocket of its own, once. It never connects a second time: graphql-ws would send the first variables
 * again, and they are history. Returns the way to close it.
 */
export function subscribe(
  endpoint: Endpoint,
  variables: ChangesSubscriptionVariables,
  subscriber: Subscriber,
): () => void {
  let isConnected = false
  const socket = createClient({
    url: endpoint.webSocketUrl,
    webSocketImpl: endpoint.WebSocket,
    connectionParams: () => endpoint.credentials(),
    retryAttempts: 0,
    keepAlive: PING_AFTER_MS,
    on: {
      connected(_socket, payload) {
        isConnected = true
        clearTimeout(silence)
        subscriber.welcome(retryWindowIn(payload))
      },
      ping(isReceived) {
        if (!isReceived) silence = setTimeout(() => socket.terminate(), PONG_WITHIN_MS)
      },
      pong(isReceived) {
        if (isReceived) clearTimeout(silence)
      },
      closed(event) {
        clearTimeout(silence)
        subscriber.end(closeError(event))
        // After a close without a fault it would connect again.
        Promise.resolve(socket.dispose()).catch(() => {})
      },
    },
  })
  let silence = setTimeout(() => socket.terminate(), CONNECT_WITHIN_MS)
  const { query } = readDocument(ChangesDocument)
  const unsubscribe = socket.subscribe<ChangesSubscription>(
    { query, variables },
    {
      next({ data, errors }) {
        if (errors?.[0] !== undefined) subscriber.end(RollcallError.ofWire(errors[0] as WireError))
        else if (data != null && !subscriber.next(data.changes)) close()
      },
      error: (problem) => subscriber.end(errorOf(problem)),
      complete: () => subscriber.end(new RollcallError('NETWORK', 'The server ended the subscription')),
    },
  )
  function close(): void {
    clearTimeout(silence)
    if (isConnected) unsubscribe()
    else socket.terminate()
  }
  return close
}

/** What graphql-ws rejects with: errors of GraphQL, a close event, or an error of the socket's or its own. */
function errorOf(problem: unknown): RollcallError {
  if (Array.isArray(problem)) return RollcallError.ofWire(problem[0] as WireError)
  if (typeof problem === 'object' && problem !== null && 'code' in problem && 'reason' in problem) {
    return closeError(problem)
  }
  const message = (problem as { readonly message?: string } | null)?.message
  return new RollcallError('NETWORK', message || 'There is no connection', {}, { cause: problem })
}
