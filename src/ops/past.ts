import type { RecordedEvent } from '../domain/events.ts'
import type { StreamName } from '../domain/streams.ts'
import type { Op } from './op.ts'

/** The events of a stream with seq > after, at most so many. */
export interface StreamRange {
  readonly stream: StreamName
  readonly after: number
  readonly limit: number
}

/** What was, read from the journal: where that is the log itself, it never waits for the views. Ops of one kind are batched. */

/** All events of each stream, in the order asked for. Only for streams that are short by rule: not for members. */
export interface ReadStreams extends Op<'readStreams', readonly (readonly RecordedEvent[])[]> {
  readonly streams: readonly StreamName[]
}
/** In the order asked for. */
export interface ReadRanges extends Op<'readRanges', readonly (readonly RecordedEvent[])[]> {
  readonly ranges: readonly StreamRange[]
}
/** Where every SetMembership of the user stands, in the journal's order: a range for each. */
export interface FindMembershipEvents extends Op<'findMembershipEvents', readonly StreamRange[]> {
  readonly userId: string
}
/** For each group those that ever had it for a parent, and may have it no more. */
export interface FindChildrenEver extends Op<'findChildrenEver', readonly (readonly string[])[]> {
  readonly groupIds: readonly string[]
}
/** The journal's end: what was read of it before is no newer. */
export interface GetJournalEnd extends Op<'getJournalEnd', number> {}

export type PastOp = ReadStreams | ReadRanges | FindMembershipEvents | FindChildrenEver | GetJournalEnd

export const readStreams = (streams: readonly StreamName[]): ReadStreams => ({ op: 'readStreams', streams })
export const readRanges = (ranges: readonly StreamRange[]): ReadRanges => ({ op: 'readRanges', ranges })
export const findMembershipEvents = (userId: string): FindMembershipEvents => ({
  op: 'findMembershipEvents',
  userId,
})
export const findChildrenEver = (groupIds: readonly string[]): FindChildrenEver => ({
  op: 'findChildrenEver',
  groupIds,
})
export const getJournalEnd: GetJournalEnd = { op: 'getJournalEnd' }

const PAST_OPS: ReadonlySet<string> = new Set<PastOp['op']>([
  'readStreams',
  'readRanges',
  'findMembershipEvents',
  'findChildrenEver',
  'getJournalEnd',
])

export const isPastOp = (op: { readonly op: string }): op is PastOp => PAST_OPS.has(op.op)
