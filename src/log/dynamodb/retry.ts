import { setTimeout as sleep } from 'node:timers/promises'
import type { RetryReason } from './failures.ts'

/** So often a request is made; some five seconds at most lie between the first time and the last. */
export const MAX_ATTEMPTS = 10
const BASE_MS = 10
const CAP_MS = 1_000

/** Is told of each request that is made again, for metrics. */
export type OnRetry = (reason: RetryReason) => void

/**
 * The attempts of one request. What is made again here is only what another attempt may help with, never a lost race: that is for
 * whoever read the head.
 */
export class Attempts {
  #made = 1
  readonly #onRetry: OnRetry

  constructor(onRetry: OnRetry) {
    this.#onRetry = onRetry
  }

  /** Waits a random part of a doubling time ("full jitter"). False if there were enough. */
  async another(reason: RetryReason): Promise<boolean> {
    if (this.#made >= MAX_ATTEMPTS) return false
    this.#made += 1
    this.#onRetry(reason)
    await sleep(Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** this.#made))
    return true
  }

  /** Something was achieved: what is left may be asked for as often as a new request. */
  begin(): void {
    this.#made = 1
  }
}
