import { LogUnavailable } from '../EventLog.ts'

/**
 * Why a request is made again: `throttled`, the table or a partition had too much to do; `conflict`, another transaction had one of
 * the items; `unanswered`, nobody knows what became of it; `partial`, a part of a batch was left undone.
 */
export type RetryReason = 'throttled' | 'conflict' | 'unanswered' | 'partial'

/** What is looked at of whatever the SDK throws. */
interface Trouble extends Error {
  /** Of the network. */
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

const THROTTLED: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
])
const CONFLICT: ReadonlySet<string> = new Set([
  'TransactionConflictException',
  // An earlier attempt with the same token is still under way.
  'TransactionInProgressException',
])
const UNANSWERED: ReadonlySet<string> = new Set(['AbortError', 'RequestTimeout', 'TimeoutError'])
/** Of errors that have nothing but their name. */
const OWN_NAMES: ReadonlySet<string> = new Set([...UNANSWERED, 'CredentialsProviderError'])
const NETWORK = /^(E[A-Z]+|EAI_AGAIN|ERR_HTTP2_.+)$/

/** What is looked at of why a transaction was cancelled. */
interface Cancellation {
  readonly Code?: string | undefined
}

const PASSING: Readonly<Record<string, RetryReason>> = {
  TransactionConflict: 'conflict',
  ThrottlingError: 'throttled',
  ProvisionedThroughputExceeded: 'throttled',
}

/** Of a transaction that was cancelled. Null where another attempt would not bring it through. */
export const passingReason = (reasons: readonly Cancellation[]): RetryReason | null =>
  reasons.flatMap(({ Code = '' }) => PASSING[Code] ?? [])[0] ?? null

/** The condition of an item does not hold. */
export const isFailed = (reason: Cancellation | undefined): boolean =>
  reason?.Code === 'ConditionalCheckFailed'

export const codesOf = (reasons: readonly Cancellation[]): string =>
  [...new Set(reasons.map(({ Code = 'None' }) => Code))].filter((code) => code !== 'None').join(', ')

/** Null where another attempt would end in the same way. */
export function retryReason(error: unknown): RetryReason | null {
  if (!(error instanceof Error)) return null
  const { name, code, $metadata } = error as Trouble
  if (THROTTLED.has(name) || $metadata?.httpStatusCode === 429) return 'throttled'
  if (CONFLICT.has(name)) return 'conflict'
  const isLost = UNANSWERED.has(name) || NETWORK.test(code ?? '') || ($metadata?.httpStatusCode ?? 0) >= 500
  return isLost ? 'unanswered' : null
}

/** What a caller is told of the SDK's or the network's trouble; anything else is passed on as it is. */
export function asUnavailable(doing: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { $metadata, code, name, message } = error as Trouble
  const isForeign = $metadata !== undefined || code !== undefined || OWN_NAMES.has(name)
  if (!isForeign) return error
  return new LogUnavailable(`The log could not be ${doing}: ${name}: ${message}`, { cause: error })
}
