import type { Payload } from '../graphql/engine.ts'
import type { Session } from './websocketSession.ts'

/**
 * A subscription as graphql-ws is to see it: one that never gives it a result, and ends when it ends. Its payloads are serialised
 * already, once for many clients, so they are sent past graphql-ws, in the messages that it would have sent.
 */
export function directSend(
  session: Session,
  id: string,
  payloads: AsyncGenerator<readonly Payload[]>,
  signal: AbortSignal,
): AsyncGenerator<never, undefined> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`

  async function sendAll(): Promise<IteratorResult<never, undefined>> {
    for await (const batch of payloads) {
      for (const { json } of batch) {
        if (signal.aborted) break
        const sent = session.send(`${head}${json}}`)
        // A promise only where the client is slow: a turn of the queue for each message would cost more than sending it.
        if (sent !== undefined) await sent
      }
    }
    return DONE
  }

  return {
    next: sendAll,
    async return() {
      await payloads.return(undefined)
      return DONE
    },
    async throw(error) {
      await payloads.throw(error)
      return DONE
    },
    [Symbol.asyncIterator]() {
      return this
    },
    async [Symbol.asyncDispose]() {
      await payloads.return(undefined)
    },
  }
}

const DONE = { done: true, value: undefined } as const
