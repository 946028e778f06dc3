import type { FastifyReply } from 'fastify'
import { EventStream } from './EventStream.ts'
import type { TransportParts } from './parts.ts'

/** The event streams that are open. */
export class EventStreams {
  readonly #open = new Map<EventStream, AbortController>()
  readonly #timer: NodeJS.Timeout
  readonly #parts: TransportParts
  #isStopping = false

  constructor(parts: TransportParts) {
    this.#parts = parts
    this.#timer = setInterval(() => {
      for (const stream of this.#open.keys()) stream.keepAlive()
    }, parts.settings.keepAliveMs).unref()
    parts.metrics.unread(() => [...this.#open.keys()].reduce((sum, stream) => sum + stream.bufferedAmount, 0))
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Null where there are as many connections as may be. The controller is aborted when the client is gone, and on `close`. */
  open(reply: FastifyReply, stop: AbortController): EventStream | null {
    const { connections, metrics, settings } = this.#parts
    if (!connections.open()) return null
    metrics.eventStreams.inc()
    const { minMs, maxMs } = connections.retry
    const retryMs = Math.round(minMs + Math.random() * (maxMs - minMs))
    const stream = new EventStream(reply, { retryMs, maxSilenceMs: settings.maxSilenceMs })
    this.#open.set(stream, stop)
    stop.signal.addEventListener('abort', () => this.#forget(stream), { once: true })
    reply.raw.once('close', () => stop.abort())
    if (reply.raw.destroyed) stop.abort()
    return stream
  }

  #forget(stream: EventStream): void {
    const { connections, metrics } = this.#parts
    this.#open.delete(stream)
    connections.close()
    metrics.eventStreams.dec()
  }

  /** Opens none any more, and ends those that are open without `complete`, upon which clients connect again. */
  close(): void {
    this.#isStopping = true
    clearInterval(this.#timer)
    for (const [stream, stop] of [...this.#open]) {
      stop.abort()
      stream.end()
    }
  }
}
