import type { RecordedEvent } from '../domain/events.ts'
import type { StreamName, TenantId } from '../domain/streams.ts'
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
 * The reading side of the views. Every call takes all keys of a batch and answers one result per key, in order, with a number of
 * statements that does not grow with the keys or the rows (`listUsers` and `listGroups`: for each op). No call takes a lock or
 * waits for a projection (rule 5). Texts sort by code point. A page key that no page of the same list gave rejects.
 * Rows of other tenants do not exist. Rejects with `ViewsUnavailable` for trouble that may pass.
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
  /** The journal position up to which everything has now been applied. */
  position(): Promise<number>
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
  /** The journal position after the batch. */
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
   * Applies what is next in its stream, skips duplicates, leaves out what follows a gap. The position moves over events whose
   * positions follow it without a hole (logs with a total order have none), and stops before the first that a gap left out: so
   * a scan's batch moves it to its end, and a single stream that is read ahead of the rest does not.
   */
  apply(events: readonly RecordedEvent[]): Promise<Applied>
  /**
   * Makes the rows of a user or group anew from all events of its streams, in one transaction with their applied seqs, and lifts
   * their quarantine; an event that cannot be applied quarantines its stream again. `read` is asked once, when no other writer can
   * write: so the log has whatever the views had of these streams. Rows that the log knows nothing of are shown no more.
   */
  rebuild(
    entity: RebuiltEntity,
    read: (streams: readonly StreamName[]) => Promise<readonly RecordedEvent[]>,
  ): Promise<void>
  position(): Promise<number>
  quarantined(): Promise<
    readonly { readonly stream: StreamName; readonly seq: number; readonly reason: string }[]
  >
  close(): Promise<void>
}

export class ViewsUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ViewsUnavailable'
  }
}
