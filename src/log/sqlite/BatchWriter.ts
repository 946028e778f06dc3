import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Claim } from '../../domain/claims.ts'
import type { StreamName } from '../../domain/streams.ts'
import { encodeActor } from '../actor.ts'
import { encodeProvenance, NO_HASH, nextHash } from '../chain.ts'
import type { EncodedAppend, EncodedCommit } from '../encodeCommit.ts'
import type { Batch, Verdict } from './batch.ts'
import { type Query, query } from './database.ts'
import { WritableSymbols } from './symbols.ts'

interface Stream {
  readonly id: number
  readonly seq: number
  readonly lastAt: number
  /** Position of the newest event by type. */
  readonly latest: Record<number, number>
  readonly hash: string
}

/** What the events of a commit share, ready to be written. */
interface Shared {
  readonly at: number
  /** The symbol's text. */
  readonly actor: string
  readonly meta: EncodedCommit['meta']
}

export const MARK_EVERY_MS = 60_000

/** Thrown when it is not known whether a batch has been made durable. */
export class UnknownOutcome extends Error {}

/**
 * Writes batches of commits, each batch in one transaction. A commit is checked whole before any of it is written: one that
 * loses leaves nothing behind, its neighbours are not touched, and the later ones see what the earlier ones did.
 */
export class BatchWriter {
  readonly #db: DatabaseSync
  readonly #symbols: WritableSymbols
  readonly #findStream: Query<[id: number, seq: number, lastAt: number, latest: string, hash: string | null]>
  readonly #insertStream: StatementSync
  readonly #updateStream: StatementSync
  readonly #lastIds: Query<[position: number, commit: number, stream: number]>
  readonly #insertCommit: StatementSync
  readonly #insertEvent: StatementSync
  readonly #claimOwner: Query<[string]>
  readonly #claim: StatementSync
  readonly #release: StatementSync
  readonly #isKeyUsed: Query<[number]>
  readonly #insertKey: StatementSync
  readonly #insertMark: StatementSync
  readonly #markEveryMs: number
  #markedAt = Number.NEGATIVE_INFINITY
  /** The newest in use; read anew in each transaction, because other processes write too. */
  #position = 0
  #commitId = 0
  #streamId = 0

  constructor(db: DatabaseSync, markEveryMs = MARK_EVERY_MS) {
    this.#db = db
    this.#markEveryMs = markEveryMs
    this.#symbols = new WritableSymbols(db)
    this.#findStream = query(db, 'SELECT id, seq, last_at, latest, hash FROM stream WHERE name = ?')
    this.#insertStream = db.prepare(
      'INSERT INTO stream (seq, last_at, latest, hash, id, name) VALUES (?, ?, ?, ?, ?, ?)',
    )
    this.#updateStream = db.prepare(
      'UPDATE stream SET seq = ?, last_at = ?, latest = ?, hash = ? WHERE id = ?',
    )
    this.#lastIds = query(
      db,
      `SELECT coalesce((SELECT max(position) FROM event), 0), coalesce((SELECT max(id) FROM commit_meta), 0),
         coalesce((SELECT max(id) FROM stream), 0)`,
    )
    this.#insertCommit = db.prepare('INSERT INTO commit_meta VALUES (?, ?, ?, ?, ?, ?, ?)')
    this.#insertEvent = db.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#claimOwner = query(db, 'SELECT owner FROM claim WHERE tenant = ? AND kind = ? AND value = ?')
    this.#claim = db.prepare('INSERT INTO claim VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
    this.#release = db.prepare('DELETE FROM claim WHERE tenant = ? AND kind = ? AND value = ? AND owner = ?')
    this.#isKeyUsed = query(db, 'SELECT 1 FROM idempotency WHERE tenant = ? AND key = ?')
    this.#insertKey = db.prepare('INSERT INTO idempotency VALUES (?, ?, ?, ?)')
    this.#insertMark = db.prepare('INSERT OR REPLACE INTO mark (at, position) VALUES (?, ?)')
  }

  /** Returns once the batch is durable. If it throws, nothing was written, unless it throws `UnknownOutcome`. */
  write(batch: Batch): readonly Verdict[] {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      this.#begin()
      this.#mark()
      const verdicts = this.#writeAll(batch)
      this.#makeDurable()
      return verdicts
    } catch (error) {
      this.#symbols.forget()
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  /** As `write`, in a transaction of the caller's, and without a mark. */
  writeWithin(batch: Batch): readonly Verdict[] {
    this.#begin()
    return this.#writeAll(batch)
  }

  #writeAll(batch: Batch): readonly Verdict[] {
    const verdicts: Verdict[] = []
    for (const commit of batch) {
      const hasLost = commit.after?.some((place) => typeof verdicts[place] !== 'number') ?? false
      verdicts.push(hasLost ? 'conflict' : this.#writeCommit(commit))
    }
    return verdicts
  }

  #begin(): void {
    ;[this.#position, this.#commitId, this.#streamId] = this.#lastIds.get() ?? [0, 0, 0]
  }

  /** What stands in the log before this batch was committed before now. A clock that was set back or forth is told from, too. */
  #mark(): void {
    const now = Date.now()
    if (this.#position === 0 || Math.abs(now - this.#markedAt) < this.#markEveryMs) return
    this.#insertMark.run(now, this.#position)
    this.#markedAt = now
  }

  #makeDurable(): void {
    try {
      this.#db.exec('COMMIT')
    } catch (error) {
      throw new UnknownOutcome(error instanceof Error ? error.message : String(error), { cause: error })
    }
  }

  /** A lost race is found before a name that is taken: the retry of a request meets its own claims, and must not be told so. */
  #writeCommit(commit: EncodedCommit): Verdict {
    const streams = commit.appends.map(({ stream }) => this.#stream(stream))
    const lostRace =
      commit.appends.some(({ expected }, index) => expected !== (streams[index]?.seq ?? 0)) ||
      commit.checks.some(({ stream, expected }) => expected !== (this.#stream(stream)?.seq ?? 0)) ||
      commit.idempotency.some(({ key }) => this.#isKeyUsed.get(this.#symbols.find(commit.tenant), key))
    if (lostRace) return 'conflict'
    const taken = this.#findTaken(commit)
    if (taken >= 0) return { taken }

    for (const { tenant, kind, value, owner } of commit.releases) {
      this.#release.run(this.#symbols.find(tenant), this.#symbols.find(kind), value, owner)
    }
    for (const { tenant, kind, value, owner } of commit.claims) {
      this.#claim.run(this.#symbols.intern(tenant), this.#symbols.intern(kind), value, owner)
    }
    for (const { key, fingerprint, result } of commit.idempotency) {
      this.#insertKey.run(this.#symbols.intern(commit.tenant), key, fingerprint, result)
    }
    return this.#writeEvents(commit, streams)
  }

  /** The index of the first claim that another owner holds and this commit does not see released; -1 for none. */
  #findTaken({ claims, releases }: EncodedCommit): number {
    return claims.findIndex((claim, index) => {
      const rival = claims.findIndex((earlier) => sameName(earlier, claim))
      if (rival < index && claims[rival]?.owner !== claim.owner) return true
      const holder = this.#holder(claim)
      return (
        holder !== undefined &&
        holder !== claim.owner &&
        !releases.some((release) => release.owner === holder && sameName(release, claim))
      )
    })
  }

  #holder({ tenant, kind, value }: Claim): string | undefined {
    return this.#claimOwner.get(this.#symbols.find(tenant), this.#symbols.find(kind), value)?.[0]
  }

  #stream(name: StreamName): Stream | undefined {
    const row = this.#findStream.get(name)
    if (row === undefined) return undefined
    const [id, seq, lastAt, latest, hash] = row
    return { id, seq, lastAt, latest: JSON.parse(latest) as Record<number, number>, hash: hash ?? NO_HASH }
  }

  /** Returns the position of the last event, 0 without events. */
  #writeEvents({ appends, meta }: EncodedCommit, streams: readonly (Stream | undefined)[]): number {
    const before = this.#position
    const shared: Shared = { at: Date.parse(meta.at), actor: encodeActor(meta.actor), meta }
    appends.forEach((append, index) => {
      if (append.events.length > 0) this.#append(append, streams[index], shared)
    })
    if (this.#position === before) return 0
    const actor = this.#symbols.intern(shared.actor)
    const { cause, idempotencyKey, ip } = meta
    this.#insertCommit.run(++this.#commitId, shared.at, actor, cause, idempotencyKey, ip, this.#position)
    return this.#position
  }

  #append({ stream, tenant, events }: EncodedAppend, before: Stream | undefined, shared: Shared): void {
    const tenantId = tenant === '' ? 0 : this.#symbols.intern(tenant)
    const streamId = before?.id ?? ++this.#streamId
    const at = Math.max(shared.at, before?.lastAt ?? shared.at)
    const latest = before?.latest ?? {}
    const provenance = encodeProvenance({ stream, ...shared.meta, actor: shared.actor })
    let seq = before?.seq ?? 0
    let hash = before?.hash ?? NO_HASH
    for (const { name, version, data } of events) {
      const type = this.#symbols.intern(name)
      latest[type] = ++this.#position
      this.#insertEvent.run(
        this.#position,
        streamId,
        ++seq,
        tenantId,
        type,
        version,
        this.#commitId + 1,
        at - shared.at,
        data,
      )
      hash = nextHash(hash, { seq, type: name, version, at, provenance, data })
    }
    if (before === undefined) this.#insertStream.run(seq, at, JSON.stringify(latest), hash, streamId, stream)
    else this.#updateStream.run(seq, at, JSON.stringify(latest), hash, streamId)
  }
}

const sameName = (a: Claim, b: Claim): boolean =>
  a.value === b.value && a.kind === b.kind && a.tenant === b.tenant
