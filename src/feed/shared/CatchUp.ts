import type { RecordedEvent } from '../../domain/events.ts'
import { type StreamName, type TenantId, tenantOfStream } from '../../domain/streams.ts'
import type { Applied } from '../../views/ViewStore.ts'
import { applyEntitiesFirst, type EntityParts } from '../applyEntitiesFirst.ts'
import { SYNC_BATCH } from '../querySync.ts'

export interface CatchUpParts extends EntityParts {
  /** What a batch did, and of what. */
  readonly onApplied: (applied: Applied, events: readonly RecordedEvent[]) => void
  /** Whoever still wants the streams has to ask again. */
  readonly onTrouble: (error: unknown) => void
}

/** Streams that are read in one round; those of its other streams the next one reads. */
const MAX_STREAMS = 200

/**
 * Applies streams that somebody wants, from the log, to their ends. A tenant has one round under way at a time, since its writers
 * would only wait for each other in the views: what is wanted meanwhile is read in the next one, all at once. So many commands at a
 * time share few transactions.
 */
export class CatchUp {
  readonly #parts: CatchUpParts
  readonly #wanted = new Map<TenantId, Set<StreamName>>()
  readonly #running = new Map<TenantId, Promise<void>>()
  #isHeld = false
  #isClosed = false

  constructor(parts: CatchUpParts) {
    this.#parts = parts
  }

  want(streams: Iterable<StreamName>): void {
    for (const stream of streams) {
      const tenant = tenantOfStream(stream)
      const wanted = this.#wanted.get(tenant) ?? new Set()
      this.#wanted.set(tenant, wanted.add(stream))
    }
    this.#start()
  }

  /** Resolves when nothing is being applied any more. */
  async hold(): Promise<void> {
    this.#isHeld = true
    await Promise.all(this.#running.values())
  }

  release(): void {
    this.#isHeld = false
    this.#start()
  }

  /** What is under way is finished. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.hold()
  }

  #start(): void {
    if (this.#isHeld || this.#isClosed) return
    for (const tenant of this.#wanted.keys()) {
      if (!this.#running.has(tenant)) this.#running.set(tenant, this.#run(tenant))
    }
  }

  async #run(tenant: TenantId): Promise<void> {
    try {
      while (!this.#isHeld) {
        const streams = this.#take(tenant)
        if (streams.length === 0) break
        await this.#round(streams)
      }
    } catch (error) {
      this.#parts.onTrouble(error)
    } finally {
      this.#running.delete(tenant)
    }
    this.#start()
  }

  #take(tenant: TenantId): readonly StreamName[] {
    const wanted = [...(this.#wanted.get(tenant) ?? [])]
    const left = wanted.slice(MAX_STREAMS)
    if (left.length > 0) this.#wanted.set(tenant, new Set(left))
    else this.#wanted.delete(tenant)
    return wanted.slice(0, MAX_STREAMS)
  }

  async #round(streams: readonly StreamName[]): Promise<void> {
    const { log, views, onApplied } = this.#parts
    const applied = await views.applied(streams)
    const ranges = streams.map((stream, i) => ({ stream, after: applied[i] ?? 0, limit: SYNC_BATCH }))
    const pages = await log.readRanges(ranges)
    await applyEntitiesFirst(this.#parts, pages.flat(), onApplied)
    this.want(streams.filter((_, i) => pages[i]?.length === SYNC_BATCH))
  }
}
