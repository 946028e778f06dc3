import type { ErrorCode } from './generated.ts'

/** What an error of the API looks like on the wire. */
export interface WireError {
  readonly message: string
  readonly extensions?: Readonly<Record<string, unknown>>
}

/**
 * Why a request failed or a follower had to stop. `code` is the server's, stable; `NETWORK` where no answer of rollcall's came: it may
 * have been done all the same.
 */
export class RollcallError extends Error {
  readonly code: ErrorCode | 'NETWORK'
  /** The input that was bad. */
  readonly field: string | null
  /** What it was, cut to a readable length. */
  readonly value: unknown
  /** What would be right: a sentence; for VIEW_BEHIND a token. */
  readonly wanted: string | null
  /** Under which the server logged it. */
  readonly requestId: string | null
  /** Everything that the server said beside the message. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    code: ErrorCode | 'NETWORK',
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.name = 'RollcallError'
    this.code = code
    this.field = textOrNull(details.field)
    this.value = details.value ?? null
    this.wanted = textOrNull(details.wanted)
    this.requestId = textOrNull(details.requestId)
    this.details = details
  }

  /** `requestId` where the error itself names none. */
  static ofWire({ message, extensions = {} }: WireError, requestId: string | null = null): RollcallError {
    const { code, ...details } = { requestId, ...extensions } as Record<string, unknown>
    return new RollcallError((code ?? 'INTERNAL') as ErrorCode, message, details)
  }
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)
