import type { DatabaseSync } from 'node:sqlite'
import { encodeProvenance, nextHash } from '../chain.ts'
import { type Query, query } from './database.ts'
import { Symbols } from './symbols.ts'

/** A row of `stream`. */
export interface StoredHead {
  readonly id: number
  readonly name: string
  readonly seq: number
  readonly lastAt: number
  readonly latest: string
  readonly hash: string | null
}

/** A row of `event` with its commit's. */
export interface StoredEvent {
  readonly stream: number
  readonly seq: number
  readonly position: number
  readonly tenant: number
  readonly type: number
  readonly version: number
  readonly data: string
  readonly delay: number
  /** False if there is no such commit; then `commit` says nothing. */
  readonly hasCommit: boolean
  readonly commit: StoredCommit
}

export interface StoredCommit {
  readonly at: number
  readonly actor: number
  readonly cause: string | null
  readonly idempotencyKey: string | null
  readonly ip: string | null
}

export interface StoredStream {
  readonly id: number
  /** Null for events of a stream that has no row. */
  readonly head: StoredHead | null
  readonly events: readonly StoredEvent[]
}

type HeadRow = [number, string, number, number, string, string | null]
type EventRow = [
  stream: number,
  seq: number,
  position: number,
  tenant: number,
  type: number,
  version: number,
  data: string,
  delay: number,
  at: number | null,
  actor: number | null,
  cause: string | null,
  idempotencyKey: string | null,
  ip: string | null,
]

/** Reads the log stream by stream, as it is stored, whatever is wrong with it. */
export class StoredStreams {
  readonly symbols: Symbols
  readonly #heads: Query<HeadRow>
  readonly #events: Query<EventRow>

  constructor(db: DatabaseSync) {
    this.symbols = new Symbols(db)
    this.#heads = query(
      db,
      'SELECT id, name, seq, last_at, latest, hash FROM stream WHERE id > ? ORDER BY id LIMIT ?',
    )
    this.#events = query(
      db,
      `SELECT e.stream, e.seq, e.position, e.tenant, e.type, e.version, e.data, e.delay,
         c.at, c.actor, c.cause, c.idempotency_key, c.ip
       FROM event e LEFT JOIN commit_meta c ON c.id = e.commit_id
       WHERE e.stream > ? AND e.stream <= ? ORDER BY e.stream, e.seq`,
    )
  }

  /** The next streams, by id; the page after the last has those that have events but no row. What it says is of one moment only in a transaction. */
  page(after: number, limit: number): readonly StoredStream[] {
    const heads = this.#heads.all(after, limit).map(readHead)
    const rows = this.#events.all(after, heads.at(-1)?.id ?? Number.MAX_SAFE_INTEGER)
    const events = Map.groupBy(rows.map(readEvent), ({ stream }) => stream)
    const streams = heads.map((head): StoredStream => {
      const own = events.get(head.id) ?? []
      events.delete(head.id)
      return { id: head.id, head, events: own }
    })
    const headless = [...events].map(([id, own]): StoredStream => ({ id, head: null, events: own }))
    return [...streams, ...headless].sort((a, b) => a.id - b.id)
  }

  /** The hash after this event. */
  hashAfter(previous: string, stream: string, event: StoredEvent): string {
    const { commit, seq, version, data } = event
    const actor = this.symbols.textOf(commit.actor)
    return nextHash(previous, {
      seq,
      type: this.symbols.textOf(event.type),
      version,
      at: commit.at + event.delay,
      provenance: encodeProvenance({ ...commit, stream, actor }),
      data,
    })
  }
}

const readHead = ([id, name, seq, lastAt, latest, hash]: HeadRow): StoredHead => ({
  id,
  name,
  seq,
  lastAt,
  latest,
  hash,
})

function readEvent(row: EventRow): StoredEvent {
  const [stream, seq, position, tenant, type, version, data, delay, at, actor, cause, idempotencyKey, ip] =
    row
  const hasCommit = at !== null
  const commit = { at: at ?? 0, actor: actor ?? 0, cause, idempotencyKey, ip }
  return { stream, seq, position, tenant, type, version, data, delay, hasCommit, commit }
}
