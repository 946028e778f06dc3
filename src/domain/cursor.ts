import { hash, timingSafeEqual } from 'node:crypto'
import { type DomainError, domainError, excerpt } from './errors.ts'
import { hmacSha256 } from './mac.ts'
import { err, ok, type Result } from './result.ts'
import type { TenantId } from './streams.ts'
import type { Json } from './user.ts'

/**
 * A cursor is a place in a list or in a tenant's journal: opaque, versioned, authenticated (rule 7). It is bound to the tenant
 * and to the list it came from (`scope`: what is listed, its filter and order), so it cannot be used in another one. A journal
 * cursor holds the journal's epoch too (see `JournalCursors`); those of lists are bound to it by their scope.
 */
export interface CursorCodec {
  encode(tenant: TenantId, scope: string, key: Json): string
  /** BAD_CURSOR if it is no cursor of ours, was altered, or is of another tenant or list. */
  decode(tenant: TenantId, scope: string, cursor: string): Result<Json, DomainError>
}

/** What a list cursor is bound to: the list's name and every argument that decides which rows come in which order. */
export const listScope = (list: string, args: Json): string => `${list}:${JSON.stringify(args)}`

const VERSION = 'c1'
const MAC_BYTES = 12
/** A list's key may hold a folded name, which may be 18 times as long as the name. */
const MAX_CURSOR_CHARS = 16_384

export function cursorCodec(secret: string): CursorCodec {
  const sign = hmacSha256(secret, `cursor\0${VERSION}\0`)
  const mac = (tenant: TenantId, scope: string, body: string) =>
    Buffer.from(sign(Buffer.from(`${tenant}\0${hash('sha256', scope, 'base64url')}\0${body}`)), 'binary')
      .subarray(0, MAC_BYTES)
      .toString('base64url')
  return {
    encode(tenant, scope, key) {
      const body = Buffer.from(JSON.stringify(key)).toString('base64url')
      return `${VERSION}.${body}.${mac(tenant, scope, body)}`
    },
    decode(tenant, scope, cursor) {
      const bad = (why: string) =>
        err(
          domainError(
            'BAD_CURSOR',
            `the cursor ${excerpt(cursor.slice(0, 24))} cannot be used here: ${why}`,
            { why },
          ),
        )
      const [version, body, signature, extra] = cursor.length > MAX_CURSOR_CHARS ? [] : cursor.split('.')
      if (version !== VERSION || !body || !signature || extra !== undefined) return bad('it is malformed')
      const wanted = Buffer.from(mac(tenant, scope, body))
      const given = Buffer.from(signature)
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
        return bad(
          'it was altered, belongs to another list, filter, order or tenant, or is from before the log was restored or moved, or the views were lost: start the list again',
        )
      }
      return ok(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Json)
    },
  }
}
