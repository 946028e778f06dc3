import type { RecordedEvent } from '../../src/domain/events.ts'
import { parseStream, type StreamName, userStream } from '../../src/domain/streams.ts'
import { EMPTY_VECTOR } from '../../src/domain/token.ts'
import { transitionSeq } from '../../src/domain/transition.ts'
import type { AppliedListener, Feed } from '../../src/feed/Feed.ts'
import type { OrderedLogReader } from '../../src/log/EventLog.ts'
import type { StreamRange } from '../../src/ops/past.ts'
import type { Applied, ViewWriter } from '../../src/views/ViewStore.ts'

const META = {
  actor: { kind: 'system', id: null, label: null },
  at: '2030-01-01T00:00:00.000Z',
  cause: null,
  idempotencyKey: null,
  ip: null,
} as const

export const EPOCH = 'this epoch'

/** A log in an array, as slow as one turn of the event loop, so that whatever can interleave does. */
export class MemoryLog
  implements
    Pick<
      OrderedLogReader,
      'epoch' | 'scan' | 'scanLazily' | 'scanTenant' | 'read' | 'readRanges' | 'position'
    >
{
  readonly epoch = EPOCH
  readonly events: RecordedEvent[] = []
  reads = 0

  append(tenant: string, user: string): RecordedEvent {
    const stream = userStream(tenant, user)
    return this.add(tenant, user, this.events.filter((event) => event.stream === stream).length + 1)
  }

  /** As `append`, where the caller knows the seq. */
  add(tenant: string, user: string, seq: number): RecordedEvent {
    const event: RecordedEvent = {
      stream: userStream(tenant, user),
      seq,
      position: this.events.length + 1,
      version: 1,
      meta: META,
      event: { type: 'SetUsername', userId: user, username: `${user}-${seq}` },
    }
    this.events.push(event)
    return event
  }

  async scan(after: number, limit: number): Promise<readonly RecordedEvent[]> {
    return this.#answer(this.events.slice(after, after + limit))
  }

  scanLazily(after: number, limit: number): Iterable<RecordedEvent> {
    this.reads += 1
    return this.events.slice(after, after + limit)
  }

  async scanTenant(tenant: string, after: number, limit: number): Promise<readonly RecordedEvent[]> {
    const ofTenant = (event: RecordedEvent) => parseStream(event.stream)?.tenant === tenant
    return this.#answer(this.events.slice(after).filter(ofTenant).slice(0, limit))
  }

  async read(stream: StreamName, after: number, limit: number): Promise<readonly RecordedEvent[]> {
    const ofStream = this.events.filter((event) => event.stream === stream && event.seq > after)
    return this.#answer(ofStream.slice(0, limit))
  }

  readRanges(ranges: readonly StreamRange[]): Promise<readonly (readonly RecordedEvent[])[]> {
    return Promise.all(ranges.map(({ stream, after, limit }) => this.read(stream, after, limit)))
  }

  async position(): Promise<number> {
    return this.events.length
  }

  async #answer(events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]> {
    this.reads += 1
    await turn()
    return events
  }
}

export const asLog = (log: MemoryLog): OrderedLogReader => log as unknown as OrderedLogReader

/** Views that remember what was applied, in order, per stream. A stream named in `poisoned` is quarantined at that seq. */
export class MemoryViews implements ViewWriter {
  readonly rows = new Map<StreamName, RecordedEvent[]>()
  readonly poisoned = new Map<StreamName, number>()
  /** To the end of a load. */
  stepsToGo = 0
  readonly #quarantined = new Map<StreamName, number>()
  #position = 0

  async apply(events: Iterable<RecordedEvent>): Promise<Applied> {
    await turn()
    const gaps = new Set<StreamName>()
    const quarantined: StreamName[] = []
    let applied = 0
    let duplicates = 0
    for (const event of events) {
      const rows = this.rows.get(event.stream) ?? []
      const transition = transitionSeq(rows.length, event.seq)
      this.#position = Math.max(this.#position, event.position)
      if (transition === 'duplicate') duplicates += 1
      else if (this.#quarantined.has(event.stream)) continue
      else if (transition === 'gap') gaps.add(event.stream)
      else if (this.poisoned.get(event.stream) === event.seq) {
        this.#quarantined.set(event.stream, event.seq)
        quarantined.push(event.stream)
      } else {
        this.rows.set(event.stream, [...rows, event])
        applied += 1
      }
    }
    return {
      position: this.#position,
      applied,
      duplicates,
      gaps: [...gaps].map((stream) => ({ stream, applied: this.rows.get(stream)?.length ?? 0 })),
      quarantined,
    }
  }

  rebuild(): never {
    throw new Error('these views are never rebuilt')
  }

  async beginLoad(): Promise<void> {
    if (this.#position === 0) this.stepsToGo = 3
  }

  async isLoading(): Promise<boolean> {
    return this.stepsToGo > 0
  }

  async finishLoad(): Promise<number> {
    await turn()
    this.stepsToGo = Math.max(this.stepsToGo - 1, 0)
    return 1 / (1 + this.stepsToGo)
  }

  async position(): Promise<number> {
    return this.#position
  }

  async quarantined() {
    return [...this.#quarantined].map(([stream, seq]) => ({ stream, seq, reason: 'poisoned' }))
  }

  async close(): Promise<void> {}
}

/** A feed whose views move when the test says so. */
export class ManualFeed implements Feed {
  position = 0
  readonly #listeners = new Set<AppliedListener>()
  readonly #closing = new AbortController()

  get closed(): AbortSignal {
    return this.#closing.signal
  }

  get listeners(): number {
    return this.#listeners.size
  }

  moveTo(position: number, tenants: readonly string[] | null): void {
    this.position = position
    for (const listener of this.#listeners) listener(position, tenants === null ? null : new Set(tenants))
  }

  notice(): void {}

  async reach(vector = EMPTY_VECTOR): Promise<boolean> {
    return vector.position <= this.position
  }

  onApplied(listener: AppliedListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  stats(): never {
    throw new Error('a manual feed keeps no statistics')
  }

  async close(): Promise<void> {
    this.#closing.abort()
  }
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
