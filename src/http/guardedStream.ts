import { type DomainError, DomainFailure } from '../domain/errors.ts'
import type { Result } from '../domain/result.ts'
import type { Payload } from '../graphql/engine.ts'

interface Guard {
  /** Asked before each batch; an error ends the stream with DomainFailure, and the batch is not told. */
  readonly check: () => Promise<Result<unknown, DomainError>>
  /** Aborted when the client has had enough: the source listens, since a generator that waits cannot be ended from outside. */
  readonly stop: AbortController
  /** Called once. */
  readonly onEnd: () => void
}

/** A subscription's responses for as long as its client may have them. `return` ends it even while it waits. */
export function guarded(
  source: AsyncIterator<readonly Payload[]>,
  guard: Guard,
): AsyncGenerator<readonly Payload[]> {
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
  source: AsyncIterator<readonly Payload[]>,
  { check, stop, onEnd }: Guard,
): AsyncGenerator<readonly Payload[]> {
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
