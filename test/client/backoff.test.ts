import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffMs, sleep } from '../../src/client/backoff.ts'
import { closeError } from '../../src/client/closeError.ts'
import { RollcallError } from '../../src/client/errors.ts'
import { retryWindowIn } from '../../src/client/retryWindow.ts'
import { verdictOn } from '../../src/client/verdict.ts'

const window = fc
  .tuple(fc.nat(60_000), fc.nat(60_000))
  .map(([minMs, more]) => ({ minMs, maxMs: minMs + more }))
const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

describe('the wait before another attempt', () => {
  test('is anywhere in the window at first, then in one whose end doubles up to the cap', () => {
    const between = { minMs: 100, maxMs: 1_000 }
    const ends = [0, 1, 2, 5, 1_000].map((failures) => backoffMs(failures, between, 30_000, () => 1))
    expect(ends).toEqual([1_000, 2_000, 4_000, 30_000, 30_000])
    expect(backoffMs(7, between, 30_000, () => 0)).toBe(100)
  })

  test('never begins before the window, and never ends after it and the cap', () => {
    fc.assert(
      fc.property(fc.nat(), window, share, (failures, between, random) => {
        const ms = backoffMs(failures, between, 30_000, () => random)
        expect(ms).toBeGreaterThanOrEqual(between.minMs)
        expect(ms).toBeLessThanOrEqual(Math.max(30_000, between.maxMs))
      }),
    )
  })

  test('ends at once where the signal says so', async () => {
    const stop = new AbortController()
    const slept = sleep(3_600_000, stop.signal)
    stop.abort()
    await slept
    await sleep(3_600_000, stop.signal)
  })

  test('is the server’s to say, in terms that make sense', () => {
    expect(retryWindowIn({ retry: { minMs: 5, maxMs: 90 } })).toEqual({ minMs: 5, maxMs: 90 })
    for (const payload of [
      undefined,
      null,
      'text',
      {},
      { retry: null },
      { retry: { minMs: 9, maxMs: 5 } },
      { retry: { minMs: -1, maxMs: 5 } },
      { retry: { minMs: 0, maxMs: 1e9 } },
      { retry: { minMs: '0', maxMs: '5' } },
      { retry: { maxMs: Number.NaN } },
    ]) {
      expect(retryWindowIn(payload)).toBeNull()
    }
  })
})

describe('what a follower does about', () => {
  test.each([
    [1001, 'again'],
    [1005, 'again'],
    [1006, 'again'],
    [1011, 'again'],
    [1012, 'again'],
    [1013, 'again'],
    [4408, 'again'],
    [4499, 'again'],
    [4429, 'againLater'],
    [4500, 'againLater'],
    [1009, 'stop'],
    [4400, 'stop'],
    [4401, 'stop'],
    [4403, 'stop'],
    [4406, 'stop'],
  ])('a close with %i: %s', (code, verdict) => {
    const error = closeError({ code, reason: 'why' })
    expect(verdictOn(error)).toBe(verdict)
    expect(error.message).toContain(`(${code})`)
  })

  test.each([
    ['CURSOR_EXPIRED', {}, 'afresh'],
    ['BAD_CURSOR', { why: 'ahead' }, 'again'],
    ['BAD_CURSOR', { why: 'filter' }, 'stop'],
    ['UNAVAILABLE', {}, 'again'],
    ['RATE_LIMITED', {}, 'againLater'],
    ['FORBIDDEN', {}, 'stop'],
    ['A_CODE_OF_TOMORROW', {}, 'again'],
  ])('%s %j: %s', (code, details, verdict) => {
    expect(verdictOn(new RollcallError(code as 'INTERNAL', 'why', details))).toBe(verdict)
  })
})
