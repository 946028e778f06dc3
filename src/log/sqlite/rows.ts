import { decodeEvent, type EventMeta, type RecordedEvent } from '../../domain/events.ts'
import type { StreamName } from '../../domain/streams.ts'
import { decodeActor } from '../actor.ts'
import type { Symbols } from './symbols.ts'

/** What the events of a commit `c` share, in the order of `CommitRow`. */
export const COMMIT_COLUMNS = 'c.at, c.actor, c.cause, c.idempotency_key, c.ip'

export type CommitRow = readonly [
  at: number,
  actor: number,
  cause: string | null,
  idempotencyKey: string | null,
  ip: string | null,
]

/** The columns of an event `e`, its stream `s` and its commit `c`, in the order of `EventRow`. */
export const EVENT_COLUMNS = `s.name, e.seq, e.position, e.type, e.version, e.data, e.delay,
  c.id, ${COMMIT_COLUMNS}`

export type EventRow = [stream: string, ...cells: EventCells]

/** What stands beside the stream's name, or beside whatever else tells whose the event is. */
export type EventCells = readonly [
  seq: number,
  position: number,
  type: number,
  version: number,
  data: string,
  delay: number,
  commit: number,
  ...commitRow: CommitRow,
]
/** With the number of the range that was asked for. */
export type RangedEventRow = readonly [range: number, ...event: EventRow]

/** Events of one commit stand side by side and share one `meta`, unless their times differ. */
export function recordedEvents(rows: readonly EventRow[], symbols: Symbols): RecordedEvent[] {
  let lastCommit = 0
  let lastDelay = 0
  let meta: EventMeta | undefined
  return rows.map((row) => {
    const [stream, seq, position, type, version, data, delay, commit] = row
    if (meta === undefined || commit !== lastCommit || delay !== lastDelay) {
      const [, , , , , , , , at, actor, cause, idempotencyKey, ip] = row
      meta = readMeta([at, actor, cause, idempotencyKey, ip], delay, symbols)
    }
    lastCommit = commit
    lastDelay = delay
    const event = decodeEvent(symbols.textOf(type), version, data)
    return { stream: stream as StreamName, seq, position, version, meta, event }
  })
}

export function readMeta(commit: CommitRow, delay: number, symbols: Symbols): EventMeta {
  const [at, actor, cause, idempotencyKey, ip] = commit
  return {
    actor: decodeActor(symbols.textOf(actor)),
    at: new Date(at + delay).toISOString(),
    cause,
    idempotencyKey,
    ip,
  }
}
