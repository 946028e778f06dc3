import { setTimeout as sleep } from 'node:timers/promises'
import type { DomainError } from '../domain/errors.ts'
import type { Result } from '../domain/result.ts'
import type { Soon } from '../domain/soon.ts'

/** So often a command may be beaten before its client is told that it lost every race. */
export const MAX_ATTEMPTS = 24
const BASE_MS = 1
const CAP_MS = 100

/**
 * What an attempt came to. `again`: it gave way to another command of this process, or decided on what has not come to be. `beaten`:
 * by a writer of another process.
 */
export type Verdict = 'final' | 'again' | 'beaten'

type Attempt<A> = () => Promise<Result<A, DomainError>>

export interface Retries {
  readonly judge: (result: Result<unknown, DomainError>) => Soon<Verdict>
  readonly onRetry: () => void
}

/**
 * Runs a command again as long as it lost a race, each time from the start, so that it decides on what is true then. After a writer of
 * another process has won it waits a random part of a doubling time ("full jitter"), and that is bounded. Among those of this process
 * it is tried at once, as often as it takes: each time another one has come to its end. Nothing else is ever retried.
 */
export async function retryLostRaces<A>(
  attempt: Attempt<A>,
  { judge, onRetry }: Retries,
): Promise<Result<A, DomainError>> {
  for (let beaten = 0; ; ) {
    const result = await attempt()
    const verdict = await judge(result)
    if (verdict === 'beaten') beaten += 1
    if (verdict === 'final' || beaten === MAX_ATTEMPTS) return result
    onRetry()
    if (verdict === 'beaten') await sleep(Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** beaten))
  }
}
