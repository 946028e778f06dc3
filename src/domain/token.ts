import { timingSafeEqual } from 'node:crypto'
import { type DomainError, domainError, excerpt } from './errors.ts'
import { hmacSha256 } from './mac.ts'
import { err, ok, type Result } from './result.ts'
import { parseStream, type StreamKind, type StreamName, streamName, type TenantId } from './streams.ts'

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

export const vectorOf = (...entries: readonly (readonly [StreamName, number])[]): Vector => ({
  streams: new Map(entries),
  position: 0,
})

/** Between two writes every list stands at the same position: all of them share one vector, so its token is signed once. */
export function vectorAt(position: number): Vector {
  if (lastAt.position !== position) lastAt = { streams: EMPTY_VECTOR.streams, position }
  return lastAt
}

let lastAt = EMPTY_VECTOR

/** The least vector that is at or past both: the greater seq of each stream. Commutative, associative, idempotent. */
export function mergeVectors(a: Vector, b: Vector): Vector {
  if (a.streams.size === 0) return a.position <= b.position ? b : { streams: b.streams, position: a.position }
  const streams = new Map(a.streams)
  for (const [stream, seq] of b.streams) {
    if (seq > (streams.get(stream) ?? -1)) streams.set(stream, seq)
  }
  return { streams, position: Math.max(a.position, b.position) }
}

export interface TokenClaims {
  readonly epoch: string
  readonly tenant: TenantId
  readonly vector: Vector
}

/** Signs and reads consistency tokens for one log. The text is base64url; nothing in it is a secret, all of it is authenticated. */
export interface TokenCodec {
  /** Streams of another tenant are left out: a token speaks of its own only. */
  encode(tenant: TenantId, vector: Vector): string
  /** BAD_TOKEN if it is no token of ours, was altered, or belongs to another tenant or to another log epoch. */
  decode(tenant: TenantId, token: string): Result<Vector, DomainError>
}

const VERSION = 1
const MAC_BYTES = 12
const MAX_TOKEN_CHARS = 16_384
const KINDS: readonly StreamKind[] = ['user', 'profile', 'keys', 'group', 'members', 'tenants']

export function tokenCodec(secret: string, epoch: string): TokenCodec {
  // Nothing else that is signed with the same secret begins so.
  const mac = hmacSha256(secret, 'token')
  const bad = (token: string, reason: string, why = reason) =>
    err(
      domainError(
        'BAD_TOKEN',
        `The consistency token ${excerpt(token.slice(0, 24))} cannot be used: ${reason}`,
        { why },
      ),
    )

  // Vectors are immutable, and those of hot rows come again and again: signing is the dear part.
  const signed = new WeakMap<Vector, { tenant: TenantId; token: string }>()
  return {
    encode(tenant, vector) {
      const known = signed.get(vector)
      if (known?.tenant === tenant) return known.token
      const { body, offset } = writeBody(epoch, tenant, vector)
      body.write(mac(body.subarray(0, offset)), offset, MAC_BYTES, 'binary')
      const token = body.toString('base64url', 0, offset + MAC_BYTES)
      signed.set(vector, { tenant, token })
      return token
    },
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
      if (claims.epoch !== epoch) {
        return bad(
          token,
          'it belongs to another epoch of the log, which was restored from a backup: read again for a new one',
          'epoch',
        )
      }
      if (claims.tenant !== tenant) return bad(token, 'it belongs to another tenant')
      return ok(claims.vector)
    },
  }
}

/**
 * version, epoch, tenant, position, then per stream: kind, id, seq. Texts are length-prefixed, numbers varints. Leaves room for
 * the MAC.
 */
function writeBody(epoch: string, tenant: TenantId, vector: Vector): Target {
  const into: Target = { body: Buffer.allocUnsafe(sizeAtMost(epoch, tenant, vector)), offset: 0 }
  writeNumber(into, VERSION)
  writeText(into, epoch)
  writeText(into, tenant)
  writeNumber(into, vector.position)
  let previousId = ''
  for (const [stream, seq] of vector.streams) {
    const parts = parseStream(stream)
    if (parts === null) throw new Error(`not a stream name: ${stream}`)
    if (parts.kind !== 'tenants' && parts.tenant !== tenant) continue
    // Streams of one entity usually stand side by side: the id is written once.
    const repeats = parts.id === previousId
    writeNumber(into, KINDS.indexOf(parts.kind) * 2 + (repeats ? 1 : 0))
    if (!repeats) writeText(into, parts.id)
    writeNumber(into, seq)
    previousId = parts.id
  }
  return into
}

/** With the MAC. A number is at most 8 bytes, a text at most 3 for each unit of its length. */
function sizeAtMost(epoch: string, tenant: TenantId, { streams }: Vector): number {
  let chars = epoch.length + tenant.length
  for (const stream of streams.keys()) chars += stream.length
  return MAC_BYTES + 3 * chars + 8 * (4 + 3 * streams.size)
}

/** Null where the bytes are no body: of another version, cut short, or with a number beyond 2^53. */
function readBody(body: Buffer): TokenClaims | null {
  const from: Source = { body, offset: 1, sound: body[0] === VERSION }
  const epoch = readText(from)
  const tenant = readText(from)
  const position = readNumber(from)
  const streams = new Map<StreamName, number>()
  let id = ''
  while (from.sound && from.offset < body.length) {
    const head = readNumber(from)
    const kind = KINDS[head >> 1]
    if (kind === undefined) return null
    if ((head & 1) === 0) id = readText(from)
    streams.set(streamName({ kind, tenant, id }), readNumber(from))
  }
  return from.sound ? { epoch, tenant, vector: { streams, position } } : null
}

/** Bytes and how far they are read; no longer sound once they were not what they had to be. */
interface Source {
  readonly body: Buffer
  offset: number
  sound: boolean
}

/** Bytes that are being written; there is room enough. */
interface Target {
  readonly body: Buffer
  offset: number
}

function writeText(into: Target, text: string): void {
  writeNumber(into, Buffer.byteLength(text))
  into.offset += into.body.write(text, into.offset)
}

function readText(from: Source): string {
  const size = readNumber(from)
  if (size > from.body.length - from.offset) from.sound = false
  if (!from.sound) return ''
  from.offset += size
  return from.body.toString('utf8', from.offset - size, from.offset)
}

function writeNumber(into: Target, value: number): void {
  let rest = value
  while (rest >= 0x80) {
    into.body[into.offset++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  into.body[into.offset++] = rest
}

function readNumber(from: Source): number {
  let value = 0
  for (let scale = 1; from.offset < from.body.length; scale *= 0x80) {
    const byte = from.body[from.offset++] ?? 0
    value += (byte & 0x7f) * scale
    if (byte >= 0x80) continue
    from.sound &&= Number.isSafeInteger(value)
    return value
  }
  from.sound = false
  return 0
}
