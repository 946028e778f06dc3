import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { CHANGES, type ChangeMessage } from '../../support/follower.ts'
import { Ended, endedBy, type Query, type Source } from './Source.ts'

/** The server went away, stops, or has too much to do. */
const PASSING_CODES = [1001, 1005, 1006, 1013]
/** Messages that wait in this process; past it the socket is left unread. */
const MAX_WAITING = 50

interface Frame {
  readonly type: string
  readonly payload?: unknown
}

/** The subscription in graphql-transport-ws, spoken by hand: so that the socket can be left unread. */
export class Subscription implements Source {
  readonly #socket: WebSocket
  readonly #waiting: ChangeMessage[] = []
  #ended: Ended | null = null
  #isStalled = false
  #wake = Promise.withResolvers<void>()

  constructor({ url, key, after, snapshot, filter }: Query) {
    this.#socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    this.#socket.on('open', () =>
      this.#send({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }),
    )
    this.#socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame
      if (frame.type === 'connection_ack') {
        this.#send({
          id: '1',
          type: 'subscribe',
          payload: { query: CHANGES, variables: { after, snapshot, filter } },
        })
      } else this.#onFrame(frame)
    })
    this.#socket.on('error', () => {})
    this.#socket.on('close', (code, reason) =>
      this.#end(new Ended(PASSING_CODES.includes(code) ? null : `closed with ${code}: ${reason}`)),
    )
  }

  async next(): Promise<ChangeMessage> {
    for (;;) {
      const message = this.#waiting.shift()
      this.#pace()
      if (message !== undefined) return message
      if (this.#ended !== null) throw this.#ended
      this.#wake = Promise.withResolvers()
      await this.#wake.promise
    }
  }

  stall(ms: number): void {
    this.#isStalled = true
    this.#pace()
    void delay(ms).then(() => {
      this.#isStalled = false
      this.#pace()
    })
  }

  close(): void {
    this.#end(new Ended(null))
  }

  #send(frame: object): void {
    this.#socket.send(JSON.stringify(frame))
  }

  #onFrame({ type, payload }: Frame): void {
    if (type === 'next') this.#onNext(payload as Next)
    else if (type === 'error') this.#end(endedBy(payload as Next['errors'] & object))
    else if (type === 'complete') this.#end(new Ended(null))
    else if (type === 'ping') this.#send({ type: 'pong' })
  }

  #onNext({ data, errors }: Next): void {
    if (errors !== undefined) {
      this.#end(endedBy(errors))
      return
    }
    if (data != null) this.#waiting.push(data.changes)
    this.#pace()
    this.#wake.resolve()
  }

  /** A socket can be left unread only once it is open. */
  #pace(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    if (this.#isStalled || this.#waiting.length > MAX_WAITING) this.#socket.pause()
    else this.#socket.resume()
  }

  #end(ended: Ended): void {
    this.#ended ??= ended
    this.#socket.terminate()
    this.#wake.resolve()
  }
}

interface Next {
  readonly data?: { readonly changes: ChangeMessage } | null
  readonly errors?: readonly { readonly message: string }[]
}
