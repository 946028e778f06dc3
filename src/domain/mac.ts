import { hash } from 'node:crypto'

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32

/** HMAC-SHA-256 (RFC 2104) of short messages. Node's own makes an object for each, which takes several times as long. */
export function hmacSha256(secret: string): (message: Uint8Array) => Buffer {
  const raw = Buffer.from(secret)
  const key = Buffer.alloc(BLOCK_BYTES)
  key.set(raw.length > BLOCK_BYTES ? hash('sha256', raw, 'buffer') : raw)
  const inner = key.map((byte) => byte ^ 0x36)
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES)
  outer.set(key.map((byte) => byte ^ 0x5c))
  return (message) => {
    // As `binary`, a string of bytes: half the time of a buffer.
    outer.write(hash('sha256', Buffer.concat([inner, message]), 'binary'), BLOCK_BYTES, 'binary')
    return Buffer.from(hash('sha256', outer, 'binary'), 'binary')
  }
}
