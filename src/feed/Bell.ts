import type { RecordedEvent } from '../domain/events.ts'
import type { TenantId } from '../domain/streams.ts'
import type { Feed } from './Feed.ts'
import { Rank, type Ring, type Sleeper } from './Rank.ts'
import { PAGE, type ReadPage } from './readPage.ts'

const TICK_MS = 1_000

/** Those of a page's changes that a follower is told of. */
export type Select = (events: readonly RecordedEvent[]) => readonly RecordedEvent[]

/** Whose journal is followed, and what of it: who brings the same function is told the same. */
export interface Followed {
  readonly tenant: TenantId
  readonly select: Select
}

/** How far a follower has read, and up to where its consumer was told of that. */
export interface Reached {
  readonly position: number
  readonly told: number
}

export interface Woken {
  readonly ring: Ring
  /** There is nothing for the follower up to here. */
  readonly position: number
}

/**
 * Wakes those who follow the journal: all of them share one listener on the feed and one timer, and only those are woken for whom there
 * is something in it.
 */
export class Bell {
  readonly #feed: Feed
  readonly #read: ReadPage
  readonly #ranks = new Map<TenantId, Map<Select, Rank>>()
  #ticking: NodeJS.Timeout | undefined

  constructor(feed: Feed, read: ReadPage) {
    this.#feed = feed
    this.#read = read
    feed.onApplied((_, tenants) => {
      for (const tenant of tenants ?? [...this.#ranks.keys()]) {
        for (const rank of this.#ranks.get(tenant)?.values() ?? []) void rank.lookTo(() => feed.position)
      }
    })
    feed.closed.addEventListener('abort', () => {
      for (const rank of this.#all()) void rank.wake('changes')
    })
  }

  /** The feed is closed: nothing rings any more. */
  get isClosed(): boolean {
    return this.#feed.closed.aborted
  }

  /**
   * Sleeps until there may be changes for the follower after the position, which is at once if the journal has moved since; on
   * abort and on the feed's end too.
   */
  sleep(followed: Followed, { position, told }: Reached, signal: AbortSignal): Promise<Woken> {
    if (this.#feed.position > position || this.isClosed || signal.aborted) {
      return Promise.resolve({ ring: 'changes', position })
    }
    return new Promise((resolve) => {
      const rank = this.#rankOf(followed, position)
      const wake = (ring: Ring) => {
        if (rank.delete(sleeper) && rank.isEmpty) this.#forget(followed)
        signal.removeEventListener('abort', onAbort)
        resolve({ ring, position: Math.max(position, rank.position) })
      }
      const onAbort = () => wake('changes')
      const sleeper: Sleeper = { told, wake }
      rank.add(sleeper)
      signal.addEventListener('abort', onAbort, { once: true })
      this.#ticking ??= setInterval(() => this.#tick(), TICK_MS).unref()
    })
  }

  #rankOf({ tenant, select }: Followed, position: number): Rank {
    const ranks = this.#ranks.get(tenant) ?? new Map<Select, Rank>()
    this.#ranks.set(tenant, ranks)
    const rank = ranks.get(select) ?? new Rank(position, (after) => this.#look({ tenant, select }, after))
    ranks.set(select, rank)
    return rank
  }

  #forget({ tenant, select }: Followed): void {
    const ranks = this.#ranks.get(tenant)
    ranks?.delete(select)
    if (ranks?.size === 0) this.#ranks.delete(tenant)
  }

  async #look({ tenant, select }: Followed, after: number) {
    const { events, position } = await this.#read(tenant, after, PAGE)
    return { isWanted: events.length === PAGE || select(events).length > 0, position }
  }

  #all(): readonly Rank[] {
    return [...this.#ranks.values()].flatMap((ranks) => [...ranks.values()])
  }

  /** The timer outlives short absences of sleepers, else whoever is woken often would never live to see a tick. */
  #tick(): void {
    if (this.#ranks.size === 0) {
      clearInterval(this.#ticking)
      this.#ticking = undefined
    }
    for (const rank of this.#all()) void rank.wake('tick', this.#feed.position)
  }
}
