import type { Claim } from '../domain/claims.ts'
import type { StoredEvent } from '../domain/events.ts'
import type { StreamName, TenantId } from '../domain/streams.ts'
import type { StreamRange } from '../ops/past.ts'

/** An event in its stored form, and what its log knows of its place among those of other streams. */
export interface PlacedEvent extends StoredEvent {
  /** Events that were committed together have the same. */
  readonly commit: string
  /** In commit order; 0 in a log without a total order. */
  readonly position: number
}

export interface StoredHead {
  readonly stream: StreamName
  /** 0 for a stream without events. */
  readonly seq: number
  /** Of the chain up to there (see chain.ts); empty where it is not told. */
  readonly hash: string
  /** Seq of the newest event of each type, by its name, where the engine's head says so. */
  readonly newest?: Readonly<Record<string, number>>
}

export interface RequestName {
  readonly tenant: TenantId
  readonly key: string
}

/** What is kept of a request with an Idempotency-Key. */
export interface StoredRequest extends RequestName {
  readonly fingerprint: string
  /** JSON. */
  readonly result: string
}

/** What stands in a log besides its events. */
export interface StoredPage {
  readonly heads: readonly StoredHead[]
  readonly claims: readonly Claim[]
  readonly requests: readonly StoredRequest[]
  /** Where the next page begins, as the engine writes it; null at the end. */
  readonly next: string | null
}

/** A log as it is stored, whoever writes it meanwhile: for what takes it elsewhere, or looks whether it is sound. */
export interface StoredLogReader {
  readonly epoch: string
  readonly secret: string
  /** How many events there are, where that is known without counting them. */
  size(): Promise<number | null>
  /** From null on, whatever was there when it began, and still is, comes once. */
  page(after: string | null): Promise<StoredPage>
  /** In the order asked for. */
  heads(streams: readonly StreamName[]): Promise<readonly StoredHead[]>
  /** In the order asked for, each without a hole. Meant for some hundreds of ranges at once. */
  ranges(ranges: readonly StreamRange[]): Promise<readonly (readonly PlacedEvent[])[]>
  /** The owners, in the order asked for. */
  owners(names: readonly Omit<Claim, 'owner'>[]): Promise<readonly (string | null)[]>
  requests(names: readonly RequestName[]): Promise<readonly (StoredRequest | null)[]>
  close(): Promise<void>
}

/**
 * A log that is being made as a copy of another. Until it is finished no process can open it as a log, and nothing but copying writes
 * it. Whatever is given twice is there once: a copy that was killed anywhere is gone on with.
 */
export interface LogCopy extends StoredLogReader {
  /** The next events of some streams, in order; those that are there already are left out. */
  append(streams: readonly (readonly PlacedEvent[])[]): Promise<void>
  /** Names are given their owners, or nobody. */
  setClaims(taken: readonly Claim[], released: readonly Claim[]): Promise<void>
  addRequests(requests: readonly StoredRequest[]): Promise<void>
  removeRequests(names: readonly RequestName[]): Promise<void>
  /** A pass over the source has come to its end, and began then, ISO 8601. */
  passed(began: string): Promise<void>
  /** What `passed` was told last: of all that was acknowledged before that moment nothing is missing. Null before a first time. */
  lastPass(): Promise<string | null>
  /** Gives the events the places that they have in a log of this engine. */
  arrange(onProgress: (events: number) => void): Promise<void>
  /** From now on it is a log like any other, and nobody's copy. */
  finish(): Promise<void>
}

/** Why what stands there is no log yet. */
export const unfinishedCopy = (place: string): string =>
  `${place} holds a copy of a log that is not finished: rollcall copy --finish finishes it`

/** Begun or gone on with; or, if there is nothing left to do, `finished`. */
export type OpenedCopy = LogCopy | 'finished'

/** Of a copy its source, or null for a copy that is begun already, whatever it is of. */
export type CopyOf = Pick<StoredLogReader, 'epoch' | 'secret'> | null

/** Why nothing is copied to where it was asked to go. */
export class NotACopy extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NotACopy'
  }
}
