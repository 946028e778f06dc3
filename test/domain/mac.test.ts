import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { hmacSha256 } from '../../src/domain/mac.ts'

test('is the HMAC-SHA-256 that Node makes, for secrets shorter and longer than a block', () => {
  for (const chars of [0, 1, 31, 63, 64, 65, 200]) {
    const secret = 'ß'.repeat(chars)
    const mac = hmacSha256(secret, 'für')
    for (const bytes of [0, 1, 55, 64, 1_024, 1_025, 3_000, 2]) {
      const message = Buffer.alloc(bytes, 'message')
      const wanted = createHmac('sha256', secret).update('für').update(message).digest('binary')
      expect(mac(message)).toBe(wanted)
    }
  }
})
