import { once } from 'node:events'
import type { FormattedExecutionResult } from 'graphql'
import { type Client, createClient, type ExecutionResult, type SubscribePayload } from 'graphql-ws'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { AS_OPERATOR, type World } from './world.ts'

const urlOf = ({ url }: Pick<World, 'url'>): string => `${url.replace('http', 'ws')}/graphql`

/** A client as they come. It connects again once, after `beforeRetry`; not without it. */
export function connect(
  world: World,
  connectionParams: Record<string, unknown> = AS_OPERATOR,
  beforeRetry: Promise<void> | null = null,
): Client {
  const client = createClient({
    url: urlOf(world),
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts: beforeRetry === null ? 0 : 1,
    retryWait: async () => {
      await beforeRetry
    },
  })
  onTestFinished(() => client.dispose())
  return client
}

/** Runs a query or mutation. Rejects with the errors of a refused operation, or with the close event. */
export function ask(client: Client, payload: string | SubscribePayload): Promise<FormattedExecutionResult> {
  return new Promise((resolve, reject) => {
    client.subscribe(typeof payload === 'string' ? { query: payload } : payload, {
      next: resolve,
      error: reject,
      complete: () => {},
    })
  })
}

export const follow = (client: Client, query = 'subscription { ticks }') =>
  client.iterate<{ ticks: unknown }>({ query }) as AsyncIterableIterator<ExecutionResult<{ ticks: unknown }>>

/** A client that says only what the test says. */
export class RawClient {
  readonly socket: WebSocket
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #messages: string[] = []
  #arrived = Promise.withResolvers<void>()

  constructor(world: Pick<World, 'url'>) {
    this.socket = new WebSocket(urlOf(world), 'graphql-transport-ws')
    this.socket.on('error', () => {})
    this.socket.on('message', (data) => {
      this.#messages.push(String(data))
      this.#arrived.resolve()
    })
    this.closed = once(this.socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }))
    onTestFinished(() => this.socket.terminate())
  }

  async open(payload: Record<string, unknown> = AS_OPERATOR): Promise<this> {
    await once(this.socket, 'open')
    this.send({ type: 'connection_init', payload })
    await this.next()
    return this
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message))
  }

  subscribe(id: string, query: string): void {
    this.send({ id, type: 'subscribe', payload: { query } })
  }

  async next(): Promise<{ id?: string; type: string; payload?: unknown }> {
    while (this.#messages.length === 0) {
      this.#arrived = Promise.withResolvers<void>()
      await this.#arrived.promise
    }
    return JSON.parse(this.#messages.shift() ?? '')
  }
}
