import type { DatabaseSync } from 'node:sqlite'
import type { Claim, ClaimKind } from '../../../domain/claims.ts'
import { decodeEvent } from '../../../domain/events.ts'
import { parseStream, type StreamName, TENANTS_STREAM } from '../../../domain/streams.ts'
import {
  claimWithoutOwner,
  type HeldClaim,
  heldClaims,
  holderOf,
  isAmong,
  isClaimed,
  ownerWithoutClaim,
} from '../../heldClaims.ts'
import type { LogProblem } from '../../LogProblem.ts'
import { type Query, query } from '../database.ts'
import type { Symbols } from '../symbols.ts'

type ClaimRow = [tenant: number, kind: number, value: string, owner: string]
type SaidRow = [type: number, version: number, data: string]

/** Compares the claims with the names that the events say are held: from the streams' side, then from the claims'. */
export class ClaimCheck {
  readonly #symbols: Symbols
  readonly #owner: Query<[string]>
  readonly #page: Query<ClaimRow>
  readonly #newest: Query<SaidRow>
  readonly #all: Query<SaidRow>
  #after: [number, number, string] = [-1, -1, '']

  constructor(db: DatabaseSync, symbols: Symbols) {
    this.#symbols = symbols
    this.#owner = query(db, 'SELECT owner FROM claim WHERE tenant = ? AND kind = ? AND value = ?')
    this.#page = query(
      db,
      `SELECT tenant, kind, value, owner FROM claim WHERE (tenant, kind, value) > (?, ?, ?)
       ORDER BY tenant, kind, value LIMIT ?`,
    )
    this.#newest = query(
      db,
      `SELECT e.type, e.version, e.data FROM stream s CROSS JOIN json_each(s.latest) newest
         CROSS JOIN event e ON e.position = newest.value WHERE s.name = ? ORDER BY e.seq`,
    )
    this.#all = query(
      db,
      `SELECT e.type, e.version, e.data FROM stream s CROSS JOIN event e ON e.stream = s.id
       WHERE s.name = ? ORDER BY e.seq`,
    )
  }

  /** Names that a stream holds and for which no claim stands, or another's. */
  ofStream(stream: string, held: readonly HeldClaim[]): LogProblem[] {
    return held.flatMap((name) => {
      const { tenant, kind, value } = name
      const found = this.#owner.get(this.#symbols.find(tenant), this.#symbols.find(kind), value)
      const claimedBy = found?.[0] ?? null
      return isClaimed(name, claimedBy) ? [] : [ownerWithoutClaim(stream, name, claimedBy)]
    })
  }

  /** The next claims that no stream's events speak of; null after the last. */
  next(limit: number): readonly LogProblem[] | null {
    const rows = this.#page.all(...this.#after, limit)
    const last = rows.at(-1)
    if (last === undefined) return null
    this.#after = [last[0], last[1], last[2]]
    const claims = rows.map(([tenant, kind, value, owner]): Claim => {
      return {
        tenant: this.#symbols.textOf(tenant),
        kind: this.#symbols.textOf(kind) as ClaimKind,
        value,
        owner,
      }
    })
    const held = new Map([...new Set(claims.map(holderOf))].map((stream) => [stream, this.#held(stream)]))
    return claims.filter((claim) => !isAmong(held.get(holderOf(claim)) ?? null, claim)).map(claimWithoutOwner)
  }

  /** Null where it cannot be told. */
  #held(stream: StreamName): readonly HeldClaim[] | null {
    const parts = parseStream(stream)
    if (parts === null) return []
    try {
      const said = stream === TENANTS_STREAM ? this.#all : this.#newest
      const events = said
        .all(stream)
        .map(([type, version, data]) => decodeEvent(this.#symbols.textOf(type), version, data))
      return heldClaims(parts, events)
    } catch {
      // An event that cannot be read is the chain's problem.
      return null
    }
  }
}
