import type { DomainError } from '../domain/errors.ts'
import type { Result } from '../domain/result.ts'
import type { RequestFacts } from '../graphql/context.ts'
import type { PreparedOperation } from '../graphql/engine.ts'
import type { Following } from './Following.ts'
import type { RecordOperation } from './operationLog.ts'
import type { Standing } from './Standing.ts'

/** A subscription that was authorised and may run now, whatever carries it to its client. */
export interface Subscriber {
  readonly transport: Parameters<RecordOperation>[0]
  readonly facts: RequestFacts
  readonly prepared: PreparedOperation
  readonly standing: Standing
  /**
   * Its signal is that of the facts. Aborted when the client is gone or has had enough, and by the subscription itself when it ends. A
   * generator that waits cannot be ended otherwise.
   */
  readonly stop: AbortController
}

/**
 * RATE_LIMITED where the client's key has as many followers as it may, or too many wait to be admitted, with `retryAfter` in
 * seconds. What is taken for the subscription is given back when its `stop` is aborted, whether the stream was read or not.
 */
export type Subscribe = (subscriber: Subscriber) => Result<Following, DomainError>
