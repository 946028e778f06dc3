import type { Claim, ClaimKind } from '../domain/claims.ts'
import type { EventMeta, RecordedEvent } from '../domain/events.ts'
import type { Soon } from '../domain/soon.ts'
import type { StreamName, TenantId } from '../domain/streams.ts'
import type { Json } from '../domain/user.ts'
import type { Append, Head } from '../ops/command.ts'
import type { StreamRange } from '../ops/past.ts'

/** One command's commit: all of it takes effect or none of it (DESIGN, transactions). */
export interface LogCommit {
  readonly tenant: TenantId
  /** `at` is raised to the stream's last time where it would run backwards. */
  readonly meta: EventMeta
  readonly appends: readonly Append[]
  readonly checks: readonly { readonly stream: StreamName; readonly expected: number }[]
  readonly claims: readonly Claim[]
  readonly releases: readonly Claim[]
  /** Records to write with the commit: one for a request with an Idempotency-Key, one a line for an import. */
  readonly idempotency: readonly IdempotencyRecord[]
  /**
   * Commits that were submitted to the same log before, and not known to be made: this one was decided on what they do. Where one of
   * them is not made, this has lost the race, whatever the log has by then. Each is the very object that was submitted.
   */
  readonly after?: readonly LogCommit[]
}

export interface IdempotencyRecord {
  readonly key: string
  /** Of the command: the same key with another fingerprint is a mistake of the client. */
  readonly fingerprint: string
  /** What the first command answered; a retry gets it again. */
  readonly result: Json
}

export type LogOutcome =
  /** Durable. `position` is the place of the commit's last event in commit order (0 without a total order, or without events). */
  | {
      readonly kind: 'committed'
      readonly written: readonly (readonly [StreamName, number])[]
      readonly position: number
    }
  /** Lost the race: a head was not what the command read, or another commit with the same idempotency key came first. */
  | { readonly kind: 'conflict' }
  /** Another owner holds the name. */
  | { readonly kind: 'taken'; readonly claim: Claim }

/** What the engines differ in. A caller asks for the capability, never for the engine's name. */
export interface LogCapabilities {
  /** Events have positions in commit order: the log is an `OrderedLogReader`. */
  readonly totalOrder: boolean
}

/** A commit may hold so many items (events, heads, checks, claims, idempotency records), so that every engine can take it. */
export const MAX_COMMIT_ITEMS = 100
/** Bytes of all that a commit has to say: event data, with each event its provenance, and the results of idempotency records. */
export const MAX_COMMIT_BYTES = 4_000_000
/** Bytes of one event, or of one idempotency record's result: a part of a commit that no engine can divide. */
export const MAX_PART_BYTES = 300_000

export interface StreamPage {
  readonly streams: readonly StreamName[]
  /** Of each of them, when the page was read. */
  readonly seqs: readonly number[]
  /** Where the next page begins, as the engine writes it; null at the end. */
  readonly next: string | null
}

/** `index` from 0 to `of` - 1. */
export interface LogPart {
  readonly index: number
  readonly of: number
}

export interface EventPage {
  /** There may be none on a page that is not the last. */
  readonly events: readonly RecordedEvent[]
  /** Where the next page begins, as the engine writes it; null at the end. */
  readonly next: string | null
}

/**
 * The reading side of the log. Everything it answers is consistent: it includes each commit that was acknowledged, by any
 * process, before the question.
 */
export interface LogReader {
  readonly capabilities: LogCapabilities
  /** Another one when a log is restored from a backup, or copied: tokens and cursors of another epoch are refused. */
  readonly epoch: string
  /** Signs tokens and cursors; made with the log, so that every process on it agrees. */
  readonly secret: string
  /** Rejects where one of the newest events cannot be read: nobody is to decide as if it said nothing. */
  head(stream: StreamName): Promise<Head>
  /** In the order asked for; 0 for a stream without events. */
  seqs(streams: readonly StreamName[]): Promise<readonly number[]>
  claimOwner(tenant: TenantId, kind: ClaimKind, value: string): Promise<string | null>
  recall(tenant: TenantId, key: string): Promise<IdempotencyRecord | null>
  /** Events of one stream with seq > after, in order. */
  read(stream: StreamName, after: number, limit: number): Promise<readonly RecordedEvent[]>
  /**
   * The names of a tenant's streams, page by page in an order that never changes: from null on, each stream that was there when
   * the enumeration began comes once; one begun meanwhile may be left out.
   */
  streams(tenant: TenantId, after: string | null, limit: number): Promise<StreamPage>
  /**
   * One of `of` parts of all events, page by page: from null on, each event that was there when it began comes once, those of a
   * stream all in the same part, in order. Of a stream that is being written, a page may have a later event without an earlier
   * one: the log has that then (rule 3).
   */
  scanPart(part: LogPart, after: string | null): Promise<EventPage>
  /**
   * All events of each of these streams, in the order asked for; none for a stream without events. Each is as of a moment after the
   * question, with a total order all as of the same. Meant for some hundreds of small streams: there is no limit to what it answers.
   */
  readAll(streams: readonly StreamName[]): Promise<readonly (readonly RecordedEvent[])[]>
  /** As `read`, of many ranges in the order asked for, as of moments like those of `readAll`. Meant for some hundreds at once. */
  readRanges(ranges: readonly StreamRange[]): Promise<readonly (readonly RecordedEvent[])[]>
  /** Finishes what is under way; after it every call rejects. */
  close(): Promise<void>
}

/** A log whose events have positions in commit order (rule 2). */
export interface OrderedLogReader extends LogReader {
  /**
   * Events of all streams after a position, at most `limit`: in commit order, without holes, and nothing is ever inserted before a
   * position that was returned.
   */
  scan(after: number, limit: number): Promise<readonly RecordedEvent[]>
  /**
   * As `scan`, for many events that are looked at one after the other: they are read some at a time, on the calling thread, anew for
   * each iteration. What was looked at may be forgotten; all of them at once would outlive the collector of young objects.
   */
  scanLazily(after: number, limit: number): Iterable<RecordedEvent>
  /** As `scan`, of one tenant. The `tenants` stream belongs to no tenant's scan. */
  scanTenant(tenant: TenantId, after: number, limit: number): Promise<readonly RecordedEvent[]>
  /** The position of the newest event, 0 in an empty log. */
  position(): Promise<number>
  /**
   * A position such that each event up to it was committed at or before `time`, in ms since 1970, by the clock of whoever wrote
   * it; what an event says of its own time does not count. 0 if none is known. Known to about a minute; the commits that were
   * last before a pause only after it.
   */
  positionAt(time: number): Promise<number>
}

/**
 * The log: streams of events with optimistic appends (rule 1), names claimed in the same commit, idempotency records kept for
 * ever.
 *
 * Promises reject with `LogUnavailable` for trouble that may pass (disk full, locked by another process past the timeout), and a
 * commit with `CommitUnknown` where it may have happened: with any other rejection it has not.
 * A commit over MAX_COMMIT_ITEMS, MAX_COMMIT_BYTES or MAX_PART_BYTES rejects with `CommitTooLarge`, and nothing of it happened.
 */
export interface EventLog extends LogReader {
  /** An empty commit is taken, and changes nothing: so one can ask whether the log is there, as far as an engine can tell at no great cost. */
  commit(commit: LogCommit): Promise<LogOutcome>
}

export type OrderedEventLog = EventLog & OrderedLogReader

/** The part of the log that commands need. What stands between them and the log may know an answer at once. */
export type CommandLog = {
  readonly [Name in 'head' | 'seqs' | 'claimOwner' | 'recall' | 'read' | 'commit']: (
    ...args: Parameters<EventLog[Name]>
  ) => Soon<Awaited<ReturnType<EventLog[Name]>>>
}

/** Passing trouble: the client may try again. The cause is for the server's own log only. */
export class LogUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LogUnavailable'
  }
}

/** What stands there is no log, or not one that this release can use: to try again is of no use. */
export class UnusableLog extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UnusableLog'
  }
}

export const notWritten = (why: string, options?: ErrorOptions): LogUnavailable =>
  new LogUnavailable(`The commit was not written: ${why}`, options)

/** What was opened is not what stands there now: nothing was written, nor will be until the log is opened anew. */
export class LogGone extends LogUnavailable {
  constructor(why: string) {
    super(`The commit was not written: ${why}. Open the log anew`)
    this.name = 'LogGone'
  }
}

/** A commit was under way when the trouble came: it may have happened, and be found in the log, or not. */
export class CommitUnknown extends LogUnavailable {
  constructor(why: string, options?: ErrorOptions) {
    super(`The commit may or may not have been written: ${why}`, options)
    this.name = 'CommitUnknown'
  }
}

export class CommitTooLarge extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CommitTooLarge'
  }
}
