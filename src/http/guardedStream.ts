import { type DomainError, DomainFailure } from '../domain/errors.ts'
import type { Result } from '../domain/result.ts'
import type { GraphQLResponse } from '../graphql/engine.ts'

interface Guard {
  /** Asked before each message; an error ends the stream with DomainFailure, and the message is not told. */
  readonly check: () => Promise<Result<unknown, DomainError>>
  /** Aborted when the client has had enough: the source listens, since a generator that waits cannot be ended from outside. */
  readonly stop: AbortController
  /** Called once. */
  readonly onEnd: () => void
}

/** A subscription's responses for as long as its client may have them. `return` ends it even while it waits. */
export function guarded(
  source: AsyncIterator<GraphQLResponse>,
  guard: Guard,
): AsyncGenerator<GraphQLResponse> {
  const responses = relay(source, guard)
  const end = () => guard.stop.abort()
  return {
    next: () => responses.next(),
    return(value) {
      end()
      return responses.return(value)
    },
    throw(error) {
      end()
      return responses.throw(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
    async [Symbol.asyncDispose]() {
      end()
      await responses.return(undefined)
    },
  }
}

async function* relay(
  source: AsyncIterator<GraphQLResponse>,
  { check, stop, onEnd }: Guard,
): AsyncGenerator<GraphQLResponse> {
  try {
    for (;;) {
      const next = await source.next()
      if (next.done || stop.signal.aborted) return
      const verdict = await check()
      if (!verdict.ok) throw new DomainFailure(verdict.error)
      yield next.value
    }
  } finally {
    stop.abort()
    onEnd()
    await source.return?.()
  }
}
