import type { Claim, ClaimKind } from '../domain/claims.ts'
import type { Event, RecordedEvent } from '../domain/events.ts'
import type { StreamName, TenantId } from '../domain/streams.ts'
import type { Json } from '../domain/user.ts'
import type { Op } from './op.ts'

/** The events to append to one stream. */
export interface Append {
  readonly stream: StreamName
  /** The head that the program read: the commit takes effect only if it is still exactly this (rule 1). 0: no event yet. */
  readonly expected: number
  /** None, where the stream is as it should be already. */
  readonly events: readonly Event[]
}

/** What a command wants to happen, all of it or nothing. */
export interface Changes {
  readonly appends: readonly Append[]
  /** Streams that are only read, but must not have moved: what the decision rested on. */
  readonly checks?: readonly { readonly stream: StreamName; readonly expected: number }[]
  readonly claims?: readonly Claim[]
  /** Released in the same commit in which the others are taken. Releasing what one does not hold is no error and does nothing. */
  readonly releases?: readonly Claim[]
  /** What a retry with the same idempotency key is answered with. */
  readonly result: Json
}

/** Where a commit left its streams: the newest seq of each that it was to append to, even where it had no event for it. */
export type Written = readonly (readonly [StreamName, number])[]

/** The outcome of a commit as data. Only `conflict` is worth another attempt: the handler runs the whole program again. */
export type CommitResult =
  | { readonly kind: 'committed'; readonly written: Written }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'taken'; readonly claim: Claim }

/** The newest event of each type in the stream, and its head. Read from the log itself, never from a view. */
export interface Head {
  readonly seq: number
  readonly latest: readonly RecordedEvent[]
}

export interface ReadHead extends Op<'readHead', Head> {
  readonly stream: StreamName
}
/** All events of a stream, oldest first. Only for streams that are short by rule, such as a user's keys. */
export interface ReadStream extends Op<'readStream', readonly RecordedEvent[]> {
  readonly stream: StreamName
}
/** The heads alone: one number a stream, 0 where there is none. For streams too long to read. */
export interface ReadSeqs extends Op<'readSeqs', readonly number[]> {
  readonly streams: readonly StreamName[]
}
/** Who holds a name: the id of a user or group, or null. Read from the log. */
export interface FindClaim extends Op<'findClaim', string | null> {
  readonly tenant: TenantId
  readonly kind: ClaimKind
  readonly value: string
}
/** What a command answered the first time, and where it left its streams. */
export interface Recalled {
  readonly result: Json
  readonly written: Written
}

/**
 * What this request's idempotency key did before, or null. The same key with another command or input ends the program with
 * IDEMPOTENCY_MISMATCH. Without a key in the request the answer is null.
 */
export interface Recall extends Op<'recall', Recalled | null> {
  readonly command: string
  /** JSON of the command's input. */
  readonly input: string
}
export interface Commit extends Op<'commit', CommitResult> {
  readonly changes: Changes
}
export interface NewId extends Op<'newId', string> {}
export interface NewSecret extends Op<'newSecret', string> {}
/** ISO 8601 UTC with milliseconds. */
export interface Now extends Op<'now', string> {}

export type CommandOp =
  | ReadHead
  | ReadStream
  | ReadSeqs
  | FindClaim
  | Recall
  | Commit
  | NewId
  | NewSecret
  | Now

export const readHead = (stream: StreamName): ReadHead => ({ op: 'readHead', stream })
export const readStream = (stream: StreamName): ReadStream => ({ op: 'readStream', stream })
export const readSeqs = (streams: readonly StreamName[]): ReadSeqs => ({ op: 'readSeqs', streams })
export const findClaim = (tenant: TenantId, kind: ClaimKind, value: string): FindClaim => ({
  op: 'findClaim',
  tenant,
  kind,
  value,
})
export const recall = (command: string, input: string): Recall => ({ op: 'recall', command, input })
export const commit = (changes: Changes): Commit => ({ op: 'commit', changes })
export const newId: NewId = { op: 'newId' }
export const newSecret: NewSecret = { op: 'newSecret' }
export const now: Now = { op: 'now' }
