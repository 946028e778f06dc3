import type { DirectoryState } from '../support/DirectoryCopy.ts'

/**
 * What was asked of a directory and what it told, as its clients saw it. Nothing in it speaks of an engine: gateways are nodes with names,
 * places are streams and seqs, times are milliseconds of the recorder's own clock. It begins with a directory where nothing had been
 * written, and ends at a quiet point: every write is over, every follower has been told all there is.
 */
export interface History {
  /** Whether commits have one order that all streams share (see LogCapabilities). */
  readonly totalOrder: boolean
  readonly writes: readonly Write[]
  readonly followers: readonly Followed[]
  readonly replays: readonly Replay[]
  readonly observations: readonly Observation[]
  /** Read page by page from each node, from the first change on. */
  readonly journals: Readonly<Record<string, readonly Change[]>>
  /** Answers that nothing excuses: INTERNAL, a command of the CLI that failed, a follower who never got level. */
  readonly unexcused: readonly string[]
  /** As each node shows it at the end. */
  readonly directories: Readonly<Record<string, DirectoryState>>
}

export type Vector = Readonly<Record<string, number>>

/** An event as the API tells of it; of one that a write asks for, only the fields that it knows. */
export type Told = { readonly __typename: string } & Readonly<Record<string, unknown>>

export interface Write {
  /** The cause of its events: every attempt at it is made under this id. */
  readonly id: string
  readonly op: string
  readonly calledAt: number
  readonly answeredAt: number | null
  /** `unknown`: no attempt was answered. */
  readonly outcome: 'acknowledged' | 'refused' | 'unknown'
  readonly code: string | null
  readonly attempts: number
  /** The events that it asks for. */
  readonly sets: readonly Told[]
  /** Of the token that it was answered with: at or past what it wrote. */
  readonly vector: Vector | null
  readonly ifMatch: Vector | null
}

export interface Change {
  readonly stream: string
  readonly seq: number
  readonly cause: string | null
  readonly event: Told
}

export interface Filter {
  readonly userIds?: readonly string[]
  readonly groupIds?: readonly string[]
  readonly events?: readonly string[]
}

/** One who follows, from its start with nothing to the end, through all of its connections. */
export interface Followed {
  readonly name: string
  readonly filter: Filter
  /** API keys are told only to those who may audit. */
  readonly mayAudit: boolean
  /** With a cursor that it was given; from now on; or with the present state, until the first CAUGHT_UP. */
  readonly start: 'cursor' | 'now' | 'snapshot'
  readonly connections: readonly Connection[]
}

export interface Connection {
  readonly node: string
  /** The cursor it resumed from. */
  readonly after: string | null
  readonly received: readonly Received[]
  /** What it was refused for, other than passing trouble. */
  readonly refusal: string | null
}

export interface Received {
  readonly kind: 'CHANGE' | 'CAUGHT_UP' | 'BOOKMARK'
  readonly cursor: string
  readonly change: Change | null
  readonly at: number
}

/** All that somebody with a follower's filter was told from one of its cursors on, when the journal was so long. */
export interface Replay {
  readonly follower: string
  readonly cursor: string
  readonly journal: number
  readonly rest: readonly Change[]
  readonly refusal: string | null
}

/** A query that had to see at least so much: because its client had been told of it, or passed its token. */
export interface Observation {
  readonly node: string
  readonly why: string
  readonly wanted: Vector
  /** Where what it saw stands; null where it saw nothing. */
  readonly seen: Vector | null
}

export const keyOf = ({ stream, seq }: Pick<Change, 'stream' | 'seq'>): string => `${stream}@${seq}`
