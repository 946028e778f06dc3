import { hash } from 'node:crypto'

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
/** Longer messages get a buffer of their own. */
const SHORT_BYTES = 1_024

/**
 * HMAC-SHA-256 (RFC 2104) of messages that begin with a prefix, which says what they are for. Gives its 32 bytes as a `binary`
 * string. Node's own makes an object for each message, which takes several times as long.
 */
export function hmacSha256(secret: string, prefix: string): (rest: Uint8Array) => string {
  const raw = Buffer.from(secret)
  const key = Buffer.alloc(BLOCK_BYTES)
  key.set(raw.length > BLOCK_BYTES ? hash('sha256', raw, 'buffer') : raw)
  const begin = Buffer.concat([key.map((byte) => byte ^ 0x36), Buffer.from(prefix)])
  const inner = Buffer.concat([begin], begin.length + SHORT_BYTES)
  const outer = Buffer.concat([key.map((byte) => byte ^ 0x5c)], BLOCK_BYTES + DIGEST_BYTES)
  return (rest) => {
    const size = begin.length + rest.length
    const room = size <= inner.length ? inner : Buffer.concat([begin], size)
    room.set(rest, begin.length)
    outer.write(hash('sha256', room.subarray(0, size), 'binary'), BLOCK_BYTES, 'binary')
    return hash('sha256', outer, 'binary')
  }
}
