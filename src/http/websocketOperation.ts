import type { RequestFacts } from '../graphql/context.ts'
import type { PreparedOperation } from '../graphql/engine.ts'
import type { Session } from './websocketSession.ts'

/** One operation of a WebSocket that was authorised and may run now. */
export interface WebSocketOperation {
  readonly session: Session
  /** What the client calls it. */
  readonly id: string
  readonly facts: RequestFacts
  readonly prepared: PreparedOperation
  readonly stop: AbortController
}
