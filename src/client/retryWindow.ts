import type { RetryWindow } from './backoff.ts'

/** No server makes its followers wait longer. */
const LONGEST_MS = 600_000

/** What the server says of reconnects in its `connection_ack`: `{ retry: { minMs, maxMs } }`. Null where it says nothing of use. */
export function retryWindowIn(payload: unknown): RetryWindow | null {
  const { minMs, maxMs } = ((payload as Ack)?.retry ?? {}) as Partial<Record<keyof RetryWindow, unknown>>
  if (!isTime(minMs) || !isTime(maxMs) || minMs > maxMs) return null
  return { minMs, maxMs }
}

type Ack = { readonly retry?: unknown } | null | undefined

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= LONGEST_MS
