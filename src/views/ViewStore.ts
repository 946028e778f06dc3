import type { RecordedEvent } from '../domain/events.ts'
import type { StreamName, TenantId } from '../domain/streams.ts'
import type { Json } from '../domain/user.ts'
import type { StreamRange } from '../ops/past.ts'
import type {
  CountMembers,
  GetMembership,
  IsMember,
  ListApiKeys,
  ListChildren,
  ListGroups,
  ListMembers,
  ListMemberships,
  ListUsers,
} from '../ops/query.ts'
import type { ApiKeyRow, GroupRow, MembershipRow, Page, TenantRow, UserRow } from '../ops/rows.ts'

/**
 * What a journal is read from: the log, where it has a total order, which is the journal's then; else the store of views, which keeps a
 * journal, the same for all generations: each event that is applied takes the next place in it, whatever position the log gave it. Here
 * `position` of an event is its place in the journal. What it answers goes on beyond what the views of a generation have applied. Every
 * call answers from the journal of `epoch`, or rejects: with `ViewsLost` where another one is in its place.
 */
export interface JournalReader {
  /**
   * Two journals with different epochs have nothing to do with each other's positions. The log's, where the journal is its order; a
   * journal that is kept by views has one of its own, since it may be lost and made anew, in another order, from a log that was not.
   */
  readonly epoch: string
  /**
   * A tenant's events after a position, in the journal's order, at most `limit`. Nothing is ever inserted before one that was
   * answered.
   */
  scanTenant(tenant: TenantId, after: number, limit: number): Promise<readonly RecordedEvent[]>
  /** The same of all tenants. */
  scan(after: number, limit: number): Promise<readonly RecordedEvent[]>
  /**
   * A position such that each event up to it came into the journal at or before `time`, in ms since 1970; 0 if none is known. Known
   * to about a minute.
   */
  positionAt(time: number): Promise<number>
  /** Of the newest event, 0 where there is none. */
  position(): Promise<number>
  /** As those of `LogReader`, of what is in the journal. */
  readAll(streams: readonly StreamName[]): Promise<readonly (readonly RecordedEvent[])[]>
  readRanges(ranges: readonly StreamRange[]): Promise<readonly (readonly RecordedEvent[])[]>
}

/** Tells when views have moved, whoever moved them. It says nothing that is not committed, and may leave out steps on the way. */
export interface ViewWatch {
  /** As last heard; it never runs backwards. */
  readonly position: number
  /** Of the journal, as last heard: past `position` where another generation was quicker. That is noticed within a second or so. */
  readonly end: number
  /**
   * Calls the listener with the new position, and whose events came with it, null where that is not known; with the same position
   * where only the journal's end has moved. Returns the way to stop. A listener must not throw.
   */
  onMoved(listener: (position: number, tenants: ReadonlySet<TenantId> | null) => void): () => void
  /**
   * Aborts, with a `ViewsLost` for its reason, once the views or their journal are gone, have less than was heard of them, or others
   * are in their place. That is noticed within a second or so, and nothing that was heard before holds any more.
   */
  readonly lost: AbortSignal
  /** Says that the journal is known, from elsewhere, to have got to this position. */
  expect(position: number): void
  close(): Promise<void>
}

/** What the calls of a reader show, at one moment. */
export interface ViewState {
  /**
   * Changes with whatever a call would answer: at two moments with the same version all would answer the same. A position does not tell
   * that: rows may be made anew at it (`ViewWriter.rebuild`), or, in views that keep a journal, brought ahead of it, where another
   * generation was quicker. No two generations, nor views that were made in the place of others, ever have a version in common.
   */
  readonly version: string
  /**
   * A position of the journal, `position` or past it, that covers whatever was shown until now: other views that have reached it show
   * that, or what came after it. With the log's order it is `position`: what was applied ahead of it is not covered.
   */
  readonly covers: number
}

/**
 * The reading side of the views. Every call takes all keys of a batch and answers one result per key, in order, with a number of
 * statements that does not grow with the keys or the rows (`listUsers` and `listGroups`: for each op). No call takes a lock or
 * waits for a projection (rule 5). Texts sort by code point. Rows of other tenants do not exist. Rejects with `ViewsUnavailable` for
 * trouble that may pass.
 *
 * A list is in an order that says which of two rows comes first, the same in every generation of the views of a log, whatever it was
 * filled in: so a page key is good in all of them. Rejects with `BadPageKey` for one of another form.
 *
 * A call sees everything that had been committed when the turn of the event loop began in which it is made, or later in that
 * turn by a writer of this thread, or before the last call of `applied`, `position` or `renew`. The calls of a turn need not
 * see more: they may share one snapshot.
 */
export interface ViewReader {
  users(tenant: TenantId, ids: readonly string[]): Promise<readonly (UserRow | null)[]>
  /** By folded username; deleted users are not found. */
  usersByUsername(tenant: TenantId, usernames: readonly string[]): Promise<readonly (UserRow | null)[]>
  usersByEmail(tenant: TenantId, emails: readonly string[]): Promise<readonly (UserRow | null)[]>
  listUsers(tenant: TenantId, ops: readonly ListUsers[]): Promise<readonly Page<UserRow>[]>
  groups(tenant: TenantId, ids: readonly string[]): Promise<readonly (GroupRow | null)[]>
  groupsByName(tenant: TenantId, names: readonly string[]): Promise<readonly (GroupRow | null)[]>
  listGroups(tenant: TenantId, ops: readonly ListGroups[]): Promise<readonly Page<GroupRow>[]>
  listChildren(tenant: TenantId, ops: readonly ListChildren[]): Promise<readonly Page<GroupRow>[]>
  memberships(tenant: TenantId, ops: readonly GetMembership[]): Promise<readonly (MembershipRow | null)[]>
  listMembers(tenant: TenantId, ops: readonly ListMembers[]): Promise<readonly Page<MembershipRow>[]>
  listMemberships(tenant: TenantId, ops: readonly ListMemberships[]): Promise<readonly Page<MembershipRow>[]>
  countMembers(tenant: TenantId, ops: readonly CountMembers[]): Promise<readonly number[]>
  isMember(tenant: TenantId, ops: readonly IsMember[]): Promise<readonly boolean[]>
  apiKeys(tenant: TenantId, ops: readonly ListApiKeys[]): Promise<readonly (readonly ApiKeyRow[])[]>
  /** By the hash of the secret, over all tenants: how a request is authenticated. Revoked and expired keys are found too. */
  apiKeyByHash(hash: string): Promise<(ApiKeyRow & { readonly tenant: TenantId }) | null>
  tenants(ids: readonly string[]): Promise<readonly (TenantRow | null)[]>
  /** What has now been applied of each stream, in the order asked for: 0 for none. */
  applied(streams: readonly StreamName[]): Promise<readonly number[]>
  /** The journal position up to which everything has now been applied: at least so much is shown. */
  position(): Promise<number>
  /** Asked before others, its version is that of what they answer, or older; asked after them, it covers that. */
  state(): Promise<ViewState>
  /** Lets calls from now on see everything that has been committed: for whoever was told of it and passes that on. */
  renew(): void
  close(): Promise<void>
}

export interface RebuiltEntity {
  readonly kind: 'user' | 'group'
  readonly tenant: TenantId
  readonly id: string
}

/** What one batch did. */
export interface Applied {
  /** Of the journal, after the batch. */
  readonly position: number
  readonly applied: number
  readonly duplicates: number
  /** Streams whose events arrived with a hole before them: read them from the log after `applied` and apply those first. */
  readonly gaps: readonly { readonly stream: StreamName; readonly applied: number }[]
  /** Streams that were quarantined by this batch (rules 10 and 14). */
  readonly quarantined: readonly StreamName[]
}

/**
 * The writing side: rows, applied seqs and journal entry of a batch in one transaction (rule 3). Any number of writers, in any
 * number of processes, may apply the same events: each is applied once.
 */
export interface ViewWriter {
  /**
   * Applies what is next in its stream, skips duplicates, leaves out what follows a gap. With the log's order, the position moves
   * over events whose positions follow it without a hole (logs with a total order have none), and stops before the first that a
   * gap left out: so a scan's batch moves it to its end, and a single stream that is read ahead of the rest does not. In a
   * journal of the views' own it moves to the end, over what this batch applied; should another generation have applied more,
   * it stays before the first of what this one lacks, or, during a load, where it is. What a release cannot apply is not in such a
   * journal, unless another release's generation has applied it: that does not hold the position up (rule 10).
   *
   * Rejects with `ViewsSuperseded` once another generation serves in the place of this one, and as the iteration throws.
   */
  apply(events: Iterable<RecordedEvent>): Promise<Applied>
  /**
   * Makes the rows of a user or group anew from all events of its streams, in one transaction with their applied seqs, and lifts
   * their quarantine; an event that cannot be applied quarantines its stream again. `read` is asked once, when no other writer can
   * write: so the log has whatever the views had of these streams. It is to be quick, and may fail where it takes longer than an engine lets
   * a writer stand still. Rows that the log knows nothing of are shown no more.
   */
  rebuild(
    entity: RebuiltEntity,
    read: (streams: readonly StreamName[]) => Promise<readonly RecordedEvent[]>,
  ): Promise<void>
  /**
   * A load: events are applied sooner where what only readers need is left for its end. It begins only in views that nothing was
   * ever applied to, and until it is finished nobody should read them. An engine may gain nothing by it but that it is known.
   */
  beginLoad(): Promise<void>
  isLoading(): Promise<boolean>
  /**
   * Takes one step of a second or so to the end of a load, the last of a large one of some more, and says about which share of them is
   * done, 0 to 1. Events may be applied between steps, by whoever applies some. Where the views keep a journal it is finished where
   * the position is before the first entry that is still lacking.
   */
  finishLoad(): Promise<number>
  position(): Promise<number>
  quarantined(): Promise<
    readonly { readonly stream: StreamName; readonly seq: number; readonly reason: string }[]
  >
  close(): Promise<void>
}

/** A page key that no page of such a list gave in this version of the views: the list is to be begun again. */
export class BadPageKey extends Error {
  constructor(key: Json) {
    super(`not a page key of this list in this version: ${JSON.stringify(key)}`)
    this.name = 'BadPageKey'
  }
}

export class ViewsUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ViewsUnavailable'
  }
}

/** What this process knows of the views is of ones that are no more: whoever reads them opens them anew. */
export class ViewsLost extends ViewsUnavailable {
  constructor(
    message = 'The views or their journal were lost, and others are in their place',
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.name = 'ViewsLost'
  }
}

/** Nothing was applied, since another generation serves in the place of this one: whoever writes goes over to it. */
export class ViewsSuperseded extends ViewsUnavailable {
  constructor() {
    super('Another generation of the views serves by now')
    this.name = 'ViewsSuperseded'
  }
}
