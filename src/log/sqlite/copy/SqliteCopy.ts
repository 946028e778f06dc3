import { existsSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Claim } from '../../../domain/claims.ts'
import { type StreamName, tenantOfStream } from '../../../domain/streams.ts'
import { decodeActor, encodeActor } from '../../actor.ts'
import type { EncodedCommit } from '../../encodeCommit.ts'
import {
  type CopyOf,
  type LogCopy,
  NotACopy,
  type OpenedCopy,
  type PlacedEvent,
  type RequestName,
  type StoredHead,
  type StoredRequest,
} from '../../StoredLog.ts'
import { BatchWriter } from '../BatchWriter.ts'
import { openForReading, openForWriting, type Query, query } from '../database.ts'
import { asUnavailable } from '../failures.ts'
import { beginCopy, type CopyState, copyState, finishCopy, LAST_PASS } from '../schema.ts'
import { WritableSymbols } from '../symbols.ts'
import { Arranger, divide, type Together } from './Arranger.ts'
import { SqliteStoredLog } from './SqliteStoredLog.ts'

/** Rejects with `NotACopy` where the file is something else, or a copy of another log. */
export async function openSqliteCopy(file: string, of: CopyOf): Promise<OpenedCopy> {
  try {
    if (of === null && !existsSync(file)) throw new NotACopy('holds no copy')
    const state = of === null ? stateOf(file) : beginCopy(file, of)
    if (state.of === null) throw new NotACopy('holds a log')
    if (of !== null && state.of !== of.epoch) throw new NotACopy('holds a copy of another log')
    return state.isFinished ? 'finished' : new SqliteCopy(openForWriting(file), file)
  } catch (error) {
    throw asUnavailable(`opened (${file})`, error)
  }
}

function stateOf(file: string): CopyState {
  const db = openForReading(file)
  try {
    return copyState(db)
  } finally {
    db.close()
  }
}

type StagedRow = [
  stream: string,
  seq: number,
  type: string,
  version: number,
  data: string,
  at: number,
  actor: string,
  cause: string | null,
  idempotencyKey: string | null,
  ip: string | null,
  commit: string,
  position: number,
]

/**
 * Events are staged as they come, and given positions at the end: as the other log had them, or where it knows none by their times. It
 * needs no WAL, since nobody reads it meanwhile; what `arrange` does is one transaction, and grows the file once.
 */
class SqliteCopy extends SqliteStoredLog implements LogCopy {
  readonly #file: string
  readonly #symbols: WritableSymbols
  readonly #writer: BatchWriter
  readonly #staged: Query<[number]>
  readonly #stream: Query<[seq: number, lastAt: number]>

  constructor(db: DatabaseSync, file: string) {
    super(db)
    this.#file = file
    this.#symbols = new WritableSymbols(db)
    this.#writer = new BatchWriter(db)
    this.#staged = query(db, 'SELECT max(seq) FROM staged WHERE stream = ?')
    this.#stream = query(db, 'SELECT seq, last_at FROM stream WHERE name = ?')
  }

  override async heads(streams: readonly StreamName[]): Promise<readonly StoredHead[]> {
    const arranged = await super.heads(streams)
    return this.ask(() =>
      arranged.map((head) => {
        const staged = this.#staged.get(head.stream)?.[0] ?? null
        return staged === null ? head : { stream: head.stream, seq: staged, hash: '' }
      }),
    )
  }

  async append(streams: readonly (readonly PlacedEvent[])[]): Promise<void> {
    this.#write(() => {
      const insert = this.db.prepare(
        'INSERT OR IGNORE INTO staged VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      )
      for (const events of streams) {
        const arranged = events[0] === undefined ? 0 : this.#seqOf(events[0].stream)
        for (const { stream, seq, name, version, data, meta, commit, position } of events) {
          if (seq <= arranged) continue
          const { actor, at, cause, idempotencyKey, ip } = meta
          const said = [Date.parse(at), encodeActor(actor), cause, idempotencyKey, ip] as const
          insert.run(stream, seq, name, version, data, ...said, commit, position)
        }
      }
    })
  }

  async setClaims(taken: readonly Claim[], released: readonly Claim[]): Promise<void> {
    this.#write(() => {
      const set = this.db.prepare('INSERT OR REPLACE INTO claim VALUES (?, ?, ?, ?)')
      const release = this.db.prepare('DELETE FROM claim WHERE tenant = ? AND kind = ? AND value = ?')
      const intern = (text: string) => this.#symbols.intern(text)
      for (const { tenant, kind, value } of released) release.run(intern(tenant), intern(kind), value)
      for (const { tenant, kind, value, owner } of taken) set.run(intern(tenant), intern(kind), value, owner)
    })
  }

  async addRequests(requests: readonly StoredRequest[]): Promise<void> {
    this.#write(() => {
      const insert = this.db.prepare('INSERT OR IGNORE INTO idempotency VALUES (?, ?, ?, ?)')
      for (const { tenant, key, fingerprint, result } of requests) {
        insert.run(this.#symbols.intern(tenant), key, fingerprint, result)
      }
    })
  }

  async removeRequests(names: readonly RequestName[]): Promise<void> {
    this.#write(() => {
      const remove = this.db.prepare('DELETE FROM idempotency WHERE tenant = ? AND key = ?')
      for (const { tenant, key } of names) remove.run(this.#symbols.intern(tenant), key)
    })
  }

  async passed(began: string): Promise<void> {
    this.#write(() => this.db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(LAST_PASS, began))
  }

  async lastPass(): Promise<string | null> {
    const said = query<[string]>(this.db, 'SELECT value FROM meta WHERE name = ?')
    return this.ask(() => said.get(LAST_PASS)?.[0] ?? null)
  }

  async arrange(onProgress: (events: number) => void): Promise<void> {
    this.db.exec('BEGIN IMMEDIATE')
    try {
      this.#requireUnfinished()
      let count = 0
      const arranger = new Arranger(
        (stream) => this.#seqOf(stream),
        (events) => this.#place(events),
      )
      for (const events of this.#stagedTogether()) {
        for (const together of divide(events)) arranger.add(together)
        const before = count
        count += events.length
        if (Math.floor(before / TURN_EVENTS) === Math.floor(count / TURN_EVENTS)) continue
        onProgress(count)
        await nextTurn()
      }
      arranger.end()
      this.db.exec('DELETE FROM staged; COMMIT')
    } catch (error) {
      this.#symbols.forget()
      if (this.db.isTransaction) this.db.exec('ROLLBACK')
      throw asUnavailable('written', error)
    }
  }

  async finish(): Promise<void> {
    this.#write(() => finishCopy(this.db))
    // What staging left is half of the file.
    this.ask(() => this.db.exec('VACUUM; PRAGMA journal_mode = WAL'))
  }

  /** By what the events of a commit share, in the order of commits. */
  *#stagedTogether(): Generator<Together> {
    const statement = this.db.prepare(
      `SELECT stream, seq, type, version, data, at, actor, cause, idempotency_key, ip, commit_name, position,
         min(position) OVER commits AS first_position, min(at) OVER commits AS first_at
       FROM staged WINDOW commits AS (PARTITION BY commit_name, actor, cause, idempotency_key, ip)
       ORDER BY first_position, first_at, commit_name, actor, cause, idempotency_key, ip, position, stream, seq`,
    )
    statement.setReturnArrays(true)
    let together: PlacedEvent[] = []
    let shared = ''
    for (const row of statement.iterate() as Iterable<unknown> as Iterable<StagedRow>) {
      const provenance = JSON.stringify(row.slice(6, 11))
      if (provenance !== shared && together.length > 0) {
        yield together
        together = []
      }
      shared = provenance
      together.push(placedEvent(row))
    }
    if (together.length > 0) yield together
  }

  /** As one commit, if that gives each event its own time: it is raised to the last of its stream. */
  #place(events: Together): void {
    const streams = [...Map.groupBy(events, ({ stream }) => stream).values()]
    const at = Math.min(...events.map(timeOf))
    const isOne = streams.every(([event]) => {
      if (event === undefined) return true
      const [, lastAt = at] = this.#stream.get(event.stream) ?? []
      return Math.max(at, lastAt) === timeOf(event)
    })
    const commits = isOne ? [streams] : streams.map((own) => [own])
    if (this.#writer.writeWithin(commits.map(commitOf)).includes('conflict')) {
      throw new Error(`events of ${events[0]?.stream} do not follow on those before`)
    }
  }

  #seqOf(stream: StreamName): number {
    return this.#stream.get(stream)?.[0] ?? 0
  }

  /** Another process may have finished it meanwhile. */
  #requireUnfinished(): void {
    if (copyState(this.db).isFinished) throw new NotACopy('was finished by another process meanwhile')
  }

  #write(work: () => void): void {
    try {
      this.db.exec('BEGIN IMMEDIATE')
      this.#requireUnfinished()
      work()
      this.db.exec('COMMIT')
    } catch (error) {
      this.#symbols.forget()
      if (this.db.isTransaction) this.db.exec('ROLLBACK')
      throw asUnavailable(`written (${this.#file})`, error)
    }
  }
}

const TURN_EVENTS = 10_000

function placedEvent(row: StagedRow): PlacedEvent {
  const [stream, seq, name, version, data, at, actor, cause, idempotencyKey, ip, commit, position] = row
  const meta = { actor: decodeActor(actor), at: new Date(at).toISOString(), cause, idempotencyKey, ip }
  return { stream: stream as StreamName, seq, name, version, data, meta, commit, position }
}

const timeOf = ({ meta }: PlacedEvent): number => Date.parse(meta.at)

function commitOf(streams: readonly Together[]): EncodedCommit {
  const events = streams.flat()
  const [first] = events
  if (first === undefined) throw new TypeError('a commit without events')
  const appends = streams.flatMap(([event, ...others]) => {
    if (event === undefined) return []
    const { stream, seq } = event
    const tenant = tenantOfStream(stream)
    return [{ stream, tenant, expected: seq - 1, events: [event, ...others] }]
  })
  const at = new Date(Math.min(...events.map(timeOf))).toISOString()
  const nothing = { tenant: '', checks: [], claims: [], releases: [], idempotency: [], bytes: 0 }
  return { ...nothing, meta: { ...first.meta, at }, appends }
}
