/** Within which to try again, in milliseconds from the failure. */
export interface RetryWindow {
  readonly minMs: number
  readonly maxMs: number
}

/**
 * How long to wait after so many failures in a row (0: the first), with full jitter: any time in a window whose end doubles with each
 * failure, up to `capMs` or the window's own end, whichever is later.
 */
export function backoffMs(
  failures: number,
  { minMs, maxMs }: RetryWindow,
  capMs: number,
  random: () => number = Math.random,
): number {
  const end = Math.min(Math.max(capMs, maxMs), maxMs * 2 ** Math.min(failures, 30))
  return minMs + random() * Math.max(0, end - minMs)
}

/** Resolves after the time, or as soon as the signal aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end)
  })
}
