import type { Claim, ClaimKind } from '../domain/claims.ts'
import type { EventMeta, RecordedEvent } from '../domain/events.ts'
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
  /** Events have positions in commit order, and a scan returns them in that order. */
  readonly totalOrder: boolean
}

/** A commit may hold so many items (events, heads, checks, claims, idempotency records), so that every engine can take it. */
export const MAX_COMMIT_ITEMS = 100
/** Bytes of all event data in a commit. */
export const MAX_COMMIT_BYTES = 4_000_000

export interface StreamPage {
  readonly streams: readonly StreamName[]
  /** Where the next page begins, as the engine writes it; null at the end. */
  readonly next: string | null
}

/**
 * The reading side of the log. Everything it answers is consistent: it includes each commit that was acknowledged, by any
 * process, before the question.
 */
export interface LogReader {
  readonly capabilities: LogCapabilities
  /** Changes when a log is restored from a backup: tokens and cursors of another epoch are refused. */
  readonly epoch: string
  /** Signs tokens and cursors; made with the log, so that every process on it agrees. */
  readonly secret: string
  head(stream: StreamName): Promise<Head>
  /** In the order asked for; 0 for a stream without events. */
  seqs(streams: readonly StreamName[]): Promise<readonly number[]>
  claimOwner(tenant: TenantId, kind: ClaimKind, value: string): Promise<string | null>
  recall(tenant: TenantId, key: string): Promise<IdempotencyRecord | null>
  /** Events of one stream with seq > after, in order. */
  read(stream: StreamName, after: number, limit: number): Promise<readonly RecordedEvent[]>
  /**
   * Events of all streams after a position, each stream's in order, at most `limit`. With a total order: in commit order,
   * without holes, and nothing is ever inserted before a position that was returned.
   */
  scan(after: number, limit: number): Promise<readonly RecordedEvent[]>
  /** As `scan`, of one tenant. The `tenants` stream belongs to no tenant's scan. */
  scanTenant(tenant: TenantId, after: number, limit: number): Promise<readonly RecordedEvent[]>
  /**
   * The names of a tenant's streams, page by page in an order that never changes: from null on, each stream that was there when
   * the enumeration began comes once; one begun meanwhile may be left out.
   */
  streams(tenant: TenantId, after: string | null, limit: number): Promise<StreamPage>
  /**
   * All events of each of these streams, in the order asked for, as of one moment; none for a stream without events. Meant for some
   * hundreds of small streams: there is no limit to what it answers.
   */
  readAll(streams: readonly StreamName[]): Promise<readonly (readonly RecordedEvent[])[]>
  /** As `read`, of many ranges as of one moment, in the order asked for. Meant for some hundreds at once. */
  readRanges(ranges: readonly StreamRange[]): Promise<readonly (readonly RecordedEvent[])[]>
  /** The position of the newest event, 0 in an empty log. */
  position(): Promise<number>
  /**
   * A position such that each event up to it was committed at or before `time`, in ms since 1970, by the clock of whoever wrote
   * it; what an event says of its own time does not count. 0 if none is known. Known to about a minute; the commits that were
   * last before a pause only after it.
   */
  positionAt(time: number): Promise<number>
  /** Finishes what is under way; after it every call rejects. */
  close(): Promise<void>
}

/**
 * The log: streams of events with optimistic appends (rule 1), names claimed in the same commit, idempotency records kept for
 * ever.
 *
 * Promises reject with `LogUnavailable` for trouble that may pass (disk full, locked by another process past the timeout).
 * A commit over MAX_COMMIT_ITEMS or MAX_COMMIT_BYTES rejects with `CommitTooLarge`, and nothing of it happened.
 */
export interface EventLog extends LogReader {
  /** An empty commit is taken, and changes nothing: so one can ask whether the log would take another. */
  commit(commit: LogCommit): Promise<LogOutcome>
}

/** The part of the log that commands need. */
export type CommandLog = Pick<EventLog, 'head' | 'seqs' | 'claimOwner' | 'recall' | 'read' | 'commit'>

/** Passing trouble: the client may try again. The cause is for the server's own log only. */
export class LogUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LogUnavailable'
  }
}

export class CommitTooLarge extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CommitTooLarge'
  }
}
