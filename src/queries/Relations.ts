import { setImmediate as nextTurn } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { RecordedEvent } from '../domain/events.ts'
import { membersStream, type TenantId } from '../domain/streams.ts'
import type { StreamRange } from '../ops/past.ts'
import type { JournalReader } from '../views/ViewStore.ts'

/** In the journal's order, which is the log's where it has one. */
type Scanned = Pick<JournalReader, 'scanTenant'>

/** Events and users that are remembered, of all tenants together: some 200 MB at worst. */
const MAX_REMEMBERED = 2_000_000
const PAGE = 1_000

/**
 * Streams say who is in a group, and what is above it; this says the reverse, for any time: where a user's memberships were set, and
 * which groups were ever below another. It is folded from the tenant's events when it is first asked, and from then on only from
 * those that came since. Of a tenant with too many events it remembers nothing: each question folds anew.
 */
export class Relations {
  readonly #journal: Scanned
  readonly #known: LRUCache<TenantId, TenantRelations>
  readonly #tooLarge = new Set<TenantId>()
  /** By tenant the last fold that was begun: one at a time, each beginning after it was asked for. */
  readonly #folds = new Map<TenantId, Promise<unknown>>()

  constructor(journal: Scanned, { maxRemembered = MAX_REMEMBERED } = {}) {
    this.#journal = journal
    this.#known = new LRUCache({ maxSize: maxRemembered })
  }

  /** Where each SetMembership of each of these users stands, in the journal's order. */
  async membershipEvents(
    tenant: TenantId,
    userIds: readonly string[],
  ): Promise<readonly (readonly StreamRange[])[]> {
    const relations = await this.#current(tenant, userIds)
    return userIds.map((userId) => relations.eventsOf(tenant, userId))
  }

  /** For each of these groups those that ever had it for a parent. */
  async childrenEver(tenant: TenantId, groupIds: readonly string[]): Promise<readonly (readonly string[])[]> {
    const relations = await this.#current(tenant, [])
    return groupIds.map((groupId) => relations.childrenEver(groupId))
  }

  /** As new as the journal is when this is called; of a tenant that is too large only with these users. */
  async #current(tenant: TenantId, userIds: readonly string[]): Promise<TenantRelations> {
    const before = this.#folds.get(tenant)
    const fold = Promise.resolve(before)
      .catch(() => undefined)
      .then(() => this.#fold(tenant, userIds))
    this.#folds.set(tenant, fold)
    try {
      return await fold
    } finally {
      if (this.#folds.get(tenant) === fold) this.#folds.delete(tenant)
    }
  }

  async #fold(tenant: TenantId, userIds: readonly string[]): Promise<TenantRelations> {
    const max = this.#known.maxSize
    if (!this.#tooLarge.has(tenant)) {
      const relations = this.#known.get(tenant) ?? new TenantRelations(null)
      if (await relations.catchUp(this.#journal, tenant, max)) {
        this.#known.set(tenant, relations, { size: relations.size })
        return relations
      }
      this.#known.delete(tenant)
      this.#tooLarge.add(tenant)
    }
    const relations = new TenantRelations(new Set(userIds))
    await relations.catchUp(this.#journal, tenant, Number.POSITIVE_INFINITY)
    return relations
  }
}

class TenantRelations {
  size = 1
  #position = 0
  readonly #only: ReadonlySet<string> | null
  readonly #groupIds: string[] = []
  readonly #groupNumbers = new Map<string, number>()
  /** By user, for each event two numbers: the group's, and the seq. */
  readonly #events = new Map<string, number[]>()
  readonly #children = new Map<string, Set<string>>()

  /** Null: all users. */
  constructor(only: ReadonlySet<string> | null) {
    this.#only = only
  }

  /** Folds what is new. False if it has become larger than that, and is of no use any more. */
  async catchUp(journal: Scanned, tenant: TenantId, maxSize: number): Promise<boolean> {
    for (;;) {
      const page = await journal.scanTenant(tenant, this.#position, PAGE)
      for (const recorded of page) this.#see(recorded)
      if (this.size > maxSize) return false
      if (page.length < PAGE) return true
      // A log that answers on this thread would let a long fold keep everything else from running.
      await nextTurn()
    }
  }

  eventsOf(tenant: TenantId, userId: string): readonly StreamRange[] {
    const numbers = this.#events.get(userId) ?? []
    const ranges: StreamRange[] = []
    for (let i = 0; i < numbers.length; i += 2) {
      const groupId = this.#groupIds[numbers[i] ?? 0] ?? ''
      ranges.push({ stream: membersStream(tenant, groupId), after: (numbers[i + 1] ?? 1) - 1, limit: 1 })
    }
    return ranges
  }

  childrenEver(groupId: string): readonly string[] {
    return [...(this.#children.get(groupId) ?? [])]
  }

  #see({ event, seq, position }: RecordedEvent): void {
    this.#position = position
    if (event.type === 'SetGroupParent' && event.parentId !== null) {
      const children = this.#children.get(event.parentId) ?? new Set()
      this.#children.set(event.parentId, children.add(event.groupId))
      this.size += 1
    } else if (event.type === 'SetMembership' && this.#only?.has(event.userId) !== false) {
      const numbers = this.#events.get(event.userId)
      const added = [this.#numberOf(event.groupId), seq]
      if (numbers === undefined) this.#events.set(event.userId, added)
      else numbers.push(...added)
      this.size += numbers === undefined ? 2 : 1
    }
  }

  #numberOf(groupId: string): number {
    let number = this.#groupNumbers.get(groupId)
    if (number === undefined) {
      number = this.#groupIds.push(groupId) - 1
      this.#groupNumbers.set(groupId, number)
    }
    return number
  }
}
