import { EVENT_TYPES, type Event, type RecordedEvent, type UnknownEvent } from '../../../src/domain/events.ts'
import { type StreamName, streamName, type TenantId } from '../../../src/domain/streams.ts'

const EPOCH = Date.parse('2030-01-01T00:00:00.000Z')

/** The time of the nth event that a scribe records. */
export const at = (n: number): string => new Date(EPOCH + n * 1_000).toISOString()

/** Writes a tenant's history as a log would: seqs per stream, one second between events. Positions are 0 unless asked for. */
export class Scribe {
  readonly tenant: TenantId
  readonly #seqs = new Map<StreamName, number>()
  readonly #positions: { last: number } | null
  #recorded = 0

  /** Scribes that share `positions` write to one log with a total order. */
  constructor(tenant: TenantId, positions: { last: number } | null = null) {
    this.tenant = tenant
    this.#positions = positions
  }

  record(...events: readonly Event[]): RecordedEvent[] {
    return events.map((event) => this.recordIn(this.streamOf(event), event))
  }

  recordIn(stream: StreamName, event: Event | UnknownEvent): RecordedEvent {
    const seq = (this.#seqs.get(stream) ?? 0) + 1
    this.#seqs.set(stream, seq)
    if (this.#positions) this.#positions.last += 1
    return {
      stream,
      seq,
      position: this.#positions?.last ?? 0,
      version: 1,
      meta: {
        actor: { kind: 'system', id: null, label: null },
        at: at(this.#recorded++),
        cause: null,
        idempotencyKey: null,
        ip: null,
      },
      event,
    }
  }

  streamOf(event: Event): StreamName {
    const id = 'groupId' in event ? event.groupId : 'userId' in event ? event.userId : ''
    return streamName({ kind: EVENT_TYPES[event.type].stream, tenant: this.tenant, id })
  }
}

let tenants = 0
/** A tenant that no other test has. */
export const freshTenant = (): TenantId => `tenant-${++tenants}`
