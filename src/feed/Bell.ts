import type { TenantId } from '../domain/streams.ts'
import type { Feed } from './Feed.ts'

const TICK_MS = 1_000

/** Why a sleeper was woken: there may be changes for it, or time has passed and the journal has moved. */
export type Ring = 'changes' | 'tick'

/** How far a follower has read, and up to where its consumer was told of that. */
export interface Reached {
  readonly position: number
  readonly told: number
}

interface Sleeper {
  readonly told: number
  readonly wake: (ring: Ring) => void
}

/**
 * Wakes those who follow the journal: all of them share one listener on the feed and one timer, and only the followers of a
 * tenant that a batch touched are woken by it.
 */
export class Bell {
  readonly #feed: Feed
  readonly #sleepers = new Map<TenantId, Set<Sleeper>>()
  #ticking: NodeJS.Timeout | undefined

  constructor(feed: Feed) {
    this.#feed = feed
    feed.onApplied((_, tenants) => {
      for (const tenant of tenants ?? [...this.#sleepers.keys()]) this.#ring(tenant)
    })
    feed.closed.addEventListener('abort', () => {
      for (const tenant of [...this.#sleepers.keys()]) this.#ring(tenant)
    })
  }

  /** The feed is closed: nothing rings any more. */
  get isClosed(): boolean {
    return this.#feed.closed.aborted
  }

  /**
   * Sleeps until the tenant may have changes after the position, which is at once if the journal has moved since; on abort and
   * on the feed's end too.
   */
  sleep(tenant: TenantId, { position, told }: Reached, signal: AbortSignal): Promise<Ring> {
    if (this.#feed.position > position || this.isClosed || signal.aborted) return Promise.resolve('changes')
    return new Promise((resolve) => {
      const sleepers = this.#sleepers.get(tenant) ?? new Set()
      const wake = (ring: Ring) => {
        sleepers.delete(sleeper)
        if (sleepers.size === 0) this.#sleepers.delete(tenant)
        signal.removeEventListener('abort', onAbort)
        resolve(ring)
      }
      const onAbort = () => wake('changes')
      const sleeper: Sleeper = { told, wake }
      this.#sleepers.set(tenant, sleepers.add(sleeper))
      signal.addEventListener('abort', onAbort, { once: true })
      this.#ticking ??= setInterval(() => this.#tick(), TICK_MS).unref()
    })
  }

  #ring(tenant: TenantId): void {
    for (const { wake } of [...(this.#sleepers.get(tenant) ?? [])]) wake('changes')
  }

  /** The timer outlives short absences of sleepers, else whoever is woken often would never live to see a tick. */
  #tick(): void {
    if (this.#sleepers.size === 0) {
      clearInterval(this.#ticking)
      this.#ticking = undefined
    }
    for (const sleepers of [...this.#sleepers.values()]) {
      for (const { told, wake } of [...sleepers]) {
        if (told < this.#feed.position) wake('tick')
      }
    }
  }
}
