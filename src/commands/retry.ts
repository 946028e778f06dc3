import { setTimeout as sleep } from 'node:timers/promises'
import type { DomainError } from '../domain/errors.ts'
import type { Result } from '../domain/result.ts'
import { LOST_RACE } from '../ops/program.ts'

/** Attempts a command gets before its client is told that it lost every race. */
export const MAX_ATTEMPTS = 24
const BASE_MS = 1
const CAP_MS = 100

/**
 * Runs a command again as long as it lost a race, each time from the start, so that it decides on what is true then. Between
 * attempts it waits a random part of a doubling time ("full jitter"). Nothing else is ever retried.
 */
export async function retryLostRaces<A>(
  attempt: () => Promise<Result<A, DomainError>>,
  onRetry: () => void,
): Promise<Result<A, DomainError>> {
  for (let n = 1; ; n++) {
    const result = await attempt()
    if (result.ok || result.error !== LOST_RACE || n === MAX_ATTEMPTS) return result
    onRetry()
    await sleep(Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** n))
  }
}
