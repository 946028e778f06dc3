import { setTimeout as sleep } from 'node:timers/promises'
import type { DomainError } from '../domain/errors.ts'
import type { Result } from '../domain/result.ts'
import { LOST_RACE } from '../ops/program.ts'

/** Attempts a command gets before its client is told that it lost every race. */
export const MAX_ATTEMPTS = 24
const BASE_MS = 1
const CAP_MS = 100

type Attempt<A> = () => Promise<Result<A, DomainError>>

export interface Retries {
  /** Runs a further attempt, when its turn has come (see Contender). */
  readonly again: <A>(attempt: () => Promise<A>) => Promise<A>
  readonly onRetry: () => void
}

/**
 * Runs a command again as long as it lost a race, each time from the start, so that it decides on what is true then. Between
 * attempts it waits a random part of a doubling time ("full jitter"), for those who write from other processes, and for its turn
 * among those of this one. Nothing else is ever retried.
 */
export async function retryLostRaces<A>(
  attempt: Attempt<A>,
  { again, onRetry }: Retries,
): Promise<Result<A, DomainError>> {
  for (let n = 1; ; n++) {
    const result = await (n === 1 ? attempt() : again(attempt))
    if (result.ok || result.error !== LOST_RACE || n === MAX_ATTEMPTS) return result
    onRetry()
    await sleep(Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** n))
  }
}
