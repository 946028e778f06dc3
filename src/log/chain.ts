import { createHash, hash } from 'node:crypto'

/**
 * Each stream is a chain: the hash of an event covers all that the event says, and the hash before it. A stream's head keeps the
 * last one, so an event that was changed, left out or put in later does not fit it any more. The hashes need no secret: who can
 * write the file can also forge a whole chain, but not one that gives a root noted elsewhere.
 */
export const NO_HASH = ''

/** What an event says besides its place and data: the same for the events that one commit appends to a stream. */
export interface Provenance {
  readonly stream: string
  /** As the engine stores it. */
  readonly actor: string
  readonly cause: string | null
  readonly idempotencyKey: string | null
  readonly ip: string | null
}

export const encodeProvenance = ({ stream, actor, cause, idempotencyKey, ip }: Provenance): string =>
  JSON.stringify([stream, actor, asStored(cause), asStored(idempotencyKey), asStored(ip)])

/** Half a surrogate pair, which UTF-8 has no place for, is stored as U+FFFD. */
const asStored = (text: string | null): string | null => (text === null ? null : text.toWellFormed())

export interface Link {
  readonly seq: number
  readonly type: string
  readonly version: number
  /** Milliseconds since 1970. */
  readonly at: number
  /** Of `encodeProvenance`. */
  readonly provenance: string
  /** As stored. */
  readonly data: string
}

/** The hash after this event: SHA-256, base64url. Only `data` may hold a line break, and it stands last: so no two events are encoded alike. */
export const nextHash = (previous: string, { seq, type, version, at, provenance, data }: Link): string =>
  hash('sha256', `${previous}\n${seq} ${type} ${version} ${at}\n${provenance}\n${data}`, 'base64url')

/** One value for a whole log at a position: of every stream's last hash, added in the order in which the streams began. */
export class RootHash {
  readonly #hash = createHash('sha256')

  add(stream: string, seq: number, hash: string): void {
    this.#hash.update(`${stream} ${seq} ${hash}\n`)
  }

  digest(): string {
    return this.#hash.digest('base64url')
  }
}
