import type { Claim, ClaimKind } from '../domain/claims.ts'
import type { Event, RecordedEvent } from '../domain/events.ts'
import { all, andThen, type Soon } from '../domain/soon.ts'
import type { StreamName, TenantId } from '../domain/streams.ts'
import type { CommandLog, IdempotencyRecord, LogCommit, LogOutcome } from '../log/EventLog.ts'
import type { Head } from '../ops/command.ts'
import { newestOfEach, recordedAppend } from './recorded.ts'

interface PendingStream {
  /** The log's head when the stream was first touched. */
  readonly base: number
  readonly events: readonly RecordedEvent[]
}

interface PendingName {
  readonly claim: Claim
  /** Who held it in the log, and who will hold it. */
  readonly before: string | null
  readonly after: string | null
}

/**
 * The log as it will be: what is in it, and what commits to the overlay have added on top. Nothing reaches the log itself.
 * Overlays stack: one over another tries something out, and the one below absorbs it where it is wanted.
 */
export class LogOverlay implements CommandLog {
  readonly #log: CommandLog
  readonly #streams = new Map<StreamName, PendingStream>()
  readonly #checks = new Map<StreamName, number>()
  readonly #names = new Map<string, PendingName>()
  readonly #records = new Map<string, IdempotencyRecord>()
  #events = 0

  constructor(log: CommandLog) {
    this.#log = log
  }

  /** Takes over what an overlay of this one has added. */
  absorb(above: LogOverlay): void {
    for (const [stream, { base, events }] of above.#streams) this.#add(stream, base, events)
    for (const [stream, expected] of above.#checks) this.#check(stream, expected)
    for (const [key, name] of above.#names) {
      const known = this.#names.get(key)
      this.#names.set(key, known === undefined ? name : { ...name, before: known.before })
    }
    for (const [key, record] of above.#records) this.#records.set(key, record)
  }

  head(stream: StreamName): Soon<Head> {
    const pending = this.#streams.get(stream)
    if (pending === undefined) return this.#log.head(stream)
    return andThen(this.#log.head(stream), (base) => {
      const latest = newestOfEach([...base.latest, ...pending.events])
      return { seq: pending.base + pending.events.length, latest }
    })
  }

  seqs(streams: readonly StreamName[]): Soon<readonly number[]> {
    return andThen(this.#log.seqs(streams), (base) =>
      streams.map((stream, i) => {
        const pending = this.#streams.get(stream)
        return pending === undefined ? (base[i] ?? 0) : pending.base + pending.events.length
      }),
    )
  }

  claimOwner(tenant: TenantId, kind: ClaimKind, value: string): Soon<string | null> {
    const pending = this.#names.get(nameKey({ tenant, kind, value }))
    return pending === undefined ? this.#log.claimOwner(tenant, kind, value) : pending.after
  }

  recall(tenant: TenantId, key: string): Soon<IdempotencyRecord | null> {
    return this.#records.get(key) ?? this.#log.recall(tenant, key)
  }

  read(stream: StreamName, after: number, limit: number): Soon<readonly RecordedEvent[]> {
    return andThen(this.#log.read(stream, after, limit), (base) => {
      const pending = this.#streams.get(stream)?.events.filter(({ seq }) => seq > after) ?? []
      return [...base, ...pending].slice(0, limit)
    })
  }

  /**
   * Where a stream is by what was added to it; undefined where nothing was. Then only the log can tell whether a commit has
   * lost a race, and it will.
   */
  pendingSeq(stream: StreamName): number | undefined {
    const pending = this.#streams.get(stream)
    if (pending !== undefined) return pending.base + pending.events.length
    return this.#log instanceof LogOverlay ? this.#log.pendingSeq(stream) : undefined
  }

  /** As the log would answer, by what it knows; `written` and `position` mean nothing yet. */
  commit(commit: LogCommit): Soon<LogOutcome> {
    const lost = [...commit.appends, ...commit.checks].some(({ stream, expected }) => {
      const pending = this.pendingSeq(stream)
      return pending !== undefined && pending !== expected
    })
    if (lost) return { kind: 'conflict' }
    const held = all([...commit.releases, ...commit.claims].map((claim) => this.#name(claim)))
    return andThen(held, (names) =>
      this.#commit(commit, new Map(names.map((name) => [nameKey(name.claim), name]))),
    )
  }

  /** `before`: each name that the commit speaks of, as it is now. */
  #commit(commit: LogCommit, before: ReadonlyMap<string, PendingName>): LogOutcome {
    const moved = new Map<string, PendingName>()
    const move = (claim: Claim, isFrom: (holder: string | null) => boolean, to: string | null): boolean => {
      const key = nameKey(claim)
      const name = moved.get(key) ?? before.get(key)
      if (name === undefined || !isFrom(name.after)) return false
      moved.set(key, { ...name, after: to })
      return true
    }
    for (const release of commit.releases) move(release, (holder) => holder === release.owner, null)
    for (const claim of commit.claims) {
      const isMine = (holder: string | null) => holder === null || holder === claim.owner
      if (!move(claim, isMine, claim.owner)) return { kind: 'taken', claim }
    }
    for (const [key, name] of moved) this.#names.set(key, name)
    for (const append of commit.appends) {
      this.#add(append.stream, append.expected, recordedAppend(append, commit.meta))
    }
    for (const { stream, expected } of commit.checks) this.#check(stream, expected)
    for (const record of commit.idempotency) this.#records.set(record.key, record)
    return { kind: 'committed', written: [], position: 0 }
  }

  /** Everything that was added, as one commit: each name as it ends up, each stream from where the log has it. */
  changes(): Pick<LogCommit, 'appends' | 'checks' | 'claims' | 'releases' | 'idempotency'> {
    const moved = [...this.#names.values()].filter(({ before, after }) => before !== after)
    return {
      appends: [...this.#streams].map(([stream, { base, events }]) => ({
        stream,
        expected: base,
        events: events.map(({ event }) => event as Event),
      })),
      checks: [...this.#checks].map(([stream, expected]) => ({ stream, expected })),
      claims: moved.flatMap(({ claim, after }) => (after === null ? [] : [{ ...claim, owner: after }])),
      releases: moved.flatMap(({ claim, before }) => (before === null ? [] : [{ ...claim, owner: before }])),
      idempotency: [...this.#records.values()],
    }
  }

  /** At most so many items of a commit: names that end as they were are counted too. */
  get items(): number {
    return this.#events + this.#streams.size + this.#checks.size + 2 * this.#names.size + this.#records.size
  }

  #name(claim: Claim): Soon<PendingName> {
    const known = this.#names.get(nameKey(claim))
    if (known !== undefined) return known
    return andThen(this.#log.claimOwner(claim.tenant, claim.kind, claim.value), (owner) => ({
      claim,
      before: owner,
      after: owner,
    }))
  }

  #add(stream: StreamName, expected: number, events: readonly RecordedEvent[]): void {
    const before = this.#streams.get(stream) ?? { base: expected, events: [] }
    this.#streams.set(stream, { base: before.base, events: [...before.events, ...events] })
    this.#events += events.length
    // The append itself conditions on the stream's head.
    this.#checks.delete(stream)
  }

  #check(stream: StreamName, expected: number): void {
    if (!this.#streams.has(stream)) this.#checks.set(stream, expected)
  }
}

const nameKey = ({ tenant, kind, value }: Omit<Claim, 'owner'>): string => `${tenant}/${kind}/${value}`
