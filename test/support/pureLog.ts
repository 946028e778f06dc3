import type { Claim, ClaimKind } from '../../src/domain/claims.ts'
import { EVENT_TYPES, type EventMeta, type RecordedEvent } from '../../src/domain/events.ts'
import { parseStream, type StreamName, type TenantId } from '../../src/domain/streams.ts'
import type { StreamPage } from '../../src/log/EventLog.ts'
import type { Changes, CommitResult, Head, Recalled } from '../../src/ops/command.ts'
import type { StreamRange } from '../../src/ops/past.ts'

interface KeyRecord {
  readonly key: string
  readonly fingerprint: string
}

/** The log as a list: what each command op means, with nothing of how an engine does it. */
export class PureLog {
  readonly events: RecordedEvent[] = []
  readonly #claims = new Map<string, string>()
  readonly #records = new Map<string, { fingerprint: string; recalled: Recalled }>()

  read(stream: StreamName): readonly RecordedEvent[] {
    return this.events.filter((event) => event.stream === stream)
  }

  seq(stream: StreamName): number {
    return this.read(stream).length
  }

  head(stream: StreamName): Head {
    const newest = new Map(this.read(stream).map((event) => [event.event.type, event]))
    return { seq: this.seq(stream), latest: [...newest.values()] }
  }

  claimOwner(tenant: TenantId, kind: ClaimKind, value: string): string | null {
    return this.#claims.get(nameOf({ tenant, kind, value })) ?? null
  }

  recall(tenant: TenantId, key: string) {
    return this.#records.get(`${tenant}/${key}`) ?? null
  }

  streams(tenant: TenantId, after: string | null, limit: number): StreamPage {
    const names = new Set(this.events.map(({ stream }) => stream))
    const left = [...names]
      .filter((name) => parseStream(name)?.tenant === tenant && name > (after ?? ''))
      .sort()
    const streams = left.slice(0, limit)
    const seqs = streams.map((stream) => this.read(stream).length)
    return { streams, seqs, next: left.length > limit ? (streams.at(-1) ?? null) : null }
  }

  readAll(streams: readonly StreamName[]): readonly (readonly RecordedEvent[])[] {
    return streams.map((stream) => this.read(stream))
  }

  readRanges(ranges: readonly StreamRange[]): readonly (readonly RecordedEvent[])[] {
    return ranges.map(({ stream, after, limit }) => this.read(stream).slice(after, after + limit))
  }

  membershipEvents(tenant: TenantId, userId: string): readonly StreamRange[] {
    return this.events
      .filter(({ stream }) => parseStream(stream)?.tenant === tenant)
      .filter(({ event }) => event.type === 'SetMembership' && event.userId === userId)
      .map(({ stream, seq }) => ({ stream, after: seq - 1, limit: 1 }))
  }

  childrenEver(tenant: TenantId, groupId: string): readonly string[] {
    const children = this.events
      .filter(({ stream }) => parseStream(stream)?.tenant === tenant)
      .map(({ event }) =>
        event.type === 'SetGroupParent' && event.parentId === groupId ? event.groupId : null,
      )
    return [...new Set(children)].filter((id) => id !== null)
  }

  /** All of it or nothing. A lost race is found before a name that is taken, as the port wants it. */
  commit(tenant: TenantId, changes: Changes, meta: EventMeta, record: KeyRecord | null): CommitResult {
    requireLawful(changes, record)
    const { appends, checks = [], claims = [], releases = [], result } = changes
    if ([...appends, ...checks].some(({ stream, expected }) => this.seq(stream) !== expected)) return CONFLICT
    if (record !== null && this.recall(tenant, record.key) !== null) return CONFLICT

    const released = new Set(releases.filter((claim) => this.#holder(claim) === claim.owner).map(nameOf))
    const rival = (claim: Claim) => ![undefined, claim.owner].includes(this.#holder(claim))
    const taken = claims.find((claim) => rival(claim) && !released.has(nameOf(claim)))
    if (taken !== undefined) return { kind: 'taken', claim: taken }

    for (const name of released) this.#claims.delete(name)
    for (const claim of claims) this.#claims.set(nameOf(claim), claim.owner)
    for (const { stream, expected, events } of appends) {
      events.forEach((event, i) => {
        const position = this.events.length + 1
        this.events.push({ stream, seq: expected + i + 1, position, version: 1, meta, event })
      })
    }
    const written = appends.map(({ stream, expected, events }) => [stream, expected + events.length] as const)
    if (record !== null) {
      const { key, fingerprint } = record
      this.#records.set(`${tenant}/${key}`, { fingerprint, recalled: { result, written } })
    }
    return { kind: 'committed', written }
  }

  #holder(claim: Claim): string | undefined {
    return this.#claims.get(nameOf(claim))
  }
}

const CONFLICT: CommitResult = { kind: 'conflict' }

const nameOf = ({ tenant, kind, value }: Omit<Claim, 'owner'>): string => `${tenant}/${kind}/${value}`

/** What no program may ask, whatever its input: these are defects of the program, so they throw. */
function requireLawful(
  { appends, checks = [], claims = [], releases = [] }: Changes,
  record: KeyRecord | null,
) {
  const items =
    appends.reduce((sum, { events }) => sum + events.length + 1, 0) +
    checks.length +
    claims.length +
    releases.length
  if (items + (record === null ? 0 : 1) > 100) throw new Error(`a commit of ${items} items`)
  const streams = appends.map(({ stream }) => stream)
  if (new Set(streams).size < streams.length) throw new Error(`one stream twice: ${streams}`)
  for (const { stream, events } of appends) {
    for (const { type } of events) {
      if (parseStream(stream)?.kind !== EVENT_TYPES[type].stream)
        throw new Error(`${type} does not belong in ${stream}`)
    }
  }
}
