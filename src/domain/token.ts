import { timingSafeEqual } from 'node:crypto'
import { type DomainError, domainError, excerpt } from './errors.ts'
import { hmacSha256 } from './mac.ts'
import { err, ok, type Result } from './result.ts'
import { type StreamKind, type StreamName, streamName, type TenantId } from './streams.ts'
import { type EntitySeqs, entitiesIn, readBody, writeBody } from './tokenBody.ts'

/**
 * How far something has been seen: per stream its seq, or for the whole tenant a journal position. What a consistency token
 * holds (rule 6). An absent stream says nothing; `position` 0 says nothing.
 */
export interface Vector {
  readonly streams: ReadonlyMap<StreamName, number>
  /** Everything up to this place in the tenant's journal. */
  readonly position: number
}

export const EMPTY_VECTOR: Vector = { streams: new Map(), position: 0 }

/** A token names at most so many streams; whoever would need more uses a journal position. */
export const MAX_TOKEN_STREAMS = 64

export const vectorOf = (...entries: readonly (readonly [StreamName, number])[]): Vector =>
  new NamedVector(new Map(entries), 0)

/** Streams of one user or group. */
export const entityVector = (tenant: TenantId, id: string, seqs: EntitySeqs['seqs']): Vector =>
  new EntityVector(tenant, id, seqs)

/** Whether one token can name all of its streams. */
export const fitsToken = (vector: Vector): boolean =>
  vector instanceof EntityVector || vector.streams.size <= MAX_TOKEN_STREAMS

/** Between two writes every list stands at the same position: all of them share one vector, so its token is signed once. */
export function vectorAt(position: number): Vector {
  if (lastAt.position !== position) lastAt = new NamedVector(EMPTY_VECTOR.streams, position)
  return lastAt
}

let lastAt = EMPTY_VECTOR

/** The least vector that is at or past both: the greater seq of each stream. Commutative, associative, idempotent. */
export function mergeVectors(a: Vector, b: Vector): Vector {
  if (a.streams.size === 0) return a.position <= b.position ? b : { streams: b.streams, position: a.position }
  // A row that was read back after a write covers it, and may be signed already.
  if (covers(b, a)) return b
  const streams = new Map(a.streams)
  for (const [stream, seq] of b.streams) {
    if (seq > (streams.get(stream) ?? -1)) streams.set(stream, seq)
  }
  return { streams, position: Math.max(a.position, b.position) }
}

const covers = (vector: Vector, { streams, position }: Vector): boolean => {
  if (position > vector.position) return false
  for (const [stream, seq] of streams) if (seq > (vector.streams.get(stream) ?? -1)) return false
  return true
}

type Sign = (tenant: TenantId, vector: Vector) => string

/**
 * A vector that keeps its token: those of hot rows come again and again, and signing is the dear part. In a field, because a
 * WeakMap would cost more than the signing wherever a vector does not come again.
 */
abstract class Signable implements Vector {
  abstract readonly streams: Vector['streams']
  abstract readonly position: number
  #last: { readonly tenant: TenantId; readonly sign: Sign; readonly token: string } | null = null

  signed(tenant: TenantId, sign: Sign): string {
    if (this.#last?.tenant !== tenant || this.#last.sign !== sign) {
      this.#last = { tenant, sign, token: sign(tenant, this) }
    }
    return this.#last.token
  }
}

class NamedVector extends Signable {
  readonly streams: Vector['streams']
  readonly position: number

  constructor(streams: Vector['streams'], position: number) {
    super()
    this.streams = streams
    this.position = position
  }
}

/** Most vectors are of one row, and become a token at once: the names of its streams are made for whoever asks. */
class EntityVector extends Signable implements EntitySeqs {
  readonly tenant: TenantId
  readonly id: string
  readonly seqs: EntitySeqs['seqs']
  readonly position = 0
  #streams: Vector['streams'] | null = null

  constructor(tenant: TenantId, id: string, seqs: EntitySeqs['seqs']) {
    super()
    this.tenant = tenant
    this.id = id
    this.seqs = seqs
  }

  get streams(): Vector['streams'] {
    this.#streams ??= new Map(
      Object.entries(this.seqs).map(([kind, seq]) => [
        streamName({ kind: kind as StreamKind, tenant: this.tenant, id: this.id }),
        seq,
      ]),
    )
    return this.#streams
  }
}

/**
 * Signs and reads consistency tokens for one log. One that holds a position is bound to the journal's epoch, since a position is nothing
 * in another one; one that holds none, to the log's, in which seqs are what they were whatever becomes of the journal. The text
 * is base64url; nothing in it is a secret, all of it is authenticated.
 */
export interface TokenCodec {
  /** Streams of another tenant are left out: a token speaks of its own only. */
  encode(tenant: TenantId, vector: Vector): string
  /** BAD_TOKEN if it is no token of ours, was altered, or belongs to another tenant or to another epoch. */
  decode(tenant: TenantId, token: string): Result<Vector, DomainError>
}

const MAC_BYTES = 12
const MAX_TOKEN_CHARS = 16_384

/** `journal`: the journal's epoch, where it is not the log's. */
export function tokenCodec(secret: string, log: string, journal = log): TokenCodec {
  const epochOf = (position: number) => (position > 0 ? journal : log)
  // Nothing else that is signed with the same secret begins so.
  const mac = hmacSha256(secret, 'token')
  const bad = (token: string, reason: string, why = reason) =>
    err(
      domainError(
        'BAD_TOKEN',
        `the consistency token ${excerpt(token.slice(0, 24))} cannot be used: ${reason}`,
        { why },
      ),
    )

  function sign(tenant: TenantId, vector: Vector): string {
    const { position } = vector
    const isOfOne = vector instanceof EntityVector && vector.tenant === tenant
    const entities = isOfOne ? [vector] : entitiesIn(tenant, vector.streams)
    const { body, offset } = writeBody({ epoch: epochOf(position), tenant, position }, entities, MAC_BYTES)
    body.write(mac(body.subarray(0, offset)), offset, MAC_BYTES, 'binary')
    return body.toString('base64url', 0, offset + MAC_BYTES)
  }

  return {
    encode: (tenant, vector) =>
      vector instanceof Signable ? vector.signed(tenant, sign) : sign(tenant, vector),
    decode(tenant, token) {
      if (token.length > MAX_TOKEN_CHARS) return bad(token, 'it is longer than any token of this server')
      const bytes = Buffer.from(token, 'base64url')
      if (bytes.length <= MAC_BYTES || bytes.toString('base64url') !== token)
        return bad(token, 'it is malformed')
      const body = bytes.subarray(0, -MAC_BYTES)
      const wanted = Buffer.from(mac(body), 'binary').subarray(0, MAC_BYTES)
      if (!timingSafeEqual(wanted, bytes.subarray(-MAC_BYTES))) {
        return bad(token, 'it was not issued by this server, or was altered')
      }
      const claims = readBody(body)
      if (claims === null) return bad(token, 'it is of a version that this server does not know')
      if (claims.epoch !== epochOf(claims.position)) {
        return bad(
          token,
          'it belongs to another epoch: the log was restored from a backup or moved since, or its journal was lost and made anew: read again for a new one',
          'epoch',
        )
      }
      if (claims.tenant !== tenant) return bad(token, 'it belongs to another tenant')
      return ok({ streams: claims.streams, position: claims.position })
    },
  }
}
