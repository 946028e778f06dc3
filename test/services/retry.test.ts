import { beforeEach, expect, test, vi } from 'vitest'
import { MAX_ATTEMPTS, type Retries, retryLostRaces } from '../../src/commands/retry.ts'
import { domainError } from '../../src/domain/errors.ts'
import { err, ok } from '../../src/domain/result.ts'
import { LOST_RACE } from '../../src/ops/program.ts'

const sleep = vi.hoisted(() => vi.fn<(ms: number) => Promise<void>>())
vi.mock('node:timers/promises', () => ({ setTimeout: sleep }))
beforeEach(() => sleep.mockReset())

const judge: Retries['judge'] = (result) => (!result.ok && result.error === LOST_RACE ? 'beaten' : 'final')

test('runs again as long as the race is lost, and counts it', async () => {
  const attempt = vi
    .fn()
    .mockResolvedValueOnce(err(LOST_RACE))
    .mockResolvedValueOnce(err(LOST_RACE))
    .mockResolvedValue(ok(7))
  const onRetry = vi.fn()
  expect(await retryLostRaces(attempt, { judge, onRetry })).toEqual(ok(7))
  expect([attempt.mock.calls.length, onRetry.mock.calls.length, sleep.mock.calls.length]).toEqual([3, 2, 2])
})

test('gives up after its attempts, and says that it lost', async () => {
  const attempt = vi.fn().mockResolvedValue(err(LOST_RACE))
  const onRetry = vi.fn()
  expect(await retryLostRaces(attempt, { judge, onRetry })).toEqual(err(LOST_RACE))
  expect([attempt.mock.calls.length, onRetry.mock.calls.length]).toEqual([MAX_ATTEMPTS, MAX_ATTEMPTS - 1])
})

test('retries nothing else: not another error of the same code, nor a rejection', async () => {
  const down = domainError(LOST_RACE.code, LOST_RACE.message)
  const attempt = vi.fn().mockResolvedValueOnce(err(down)).mockRejectedValueOnce(new Error('disk full'))
  expect(await retryLostRaces(attempt, { judge, onRetry: vi.fn() })).toEqual(err(down))
  await expect(retryLostRaces(attempt, { judge, onRetry: vi.fn() })).rejects.toThrow('disk full')
  expect(attempt).toHaveBeenCalledTimes(2)
})

test('waits a random part of a doubling time, at most 100 ms', async () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(1)
  await retryLostRaces(vi.fn().mockResolvedValue(err(LOST_RACE)), { judge, onRetry: vi.fn() })
  random.mockRestore()
  const waits = sleep.mock.calls.map(([ms]) => ms)
  expect(waits.slice(0, 8)).toEqual([2, 4, 8, 16, 32, 64, 100, 100])
  expect(Math.max(...waits)).toBe(100)
})

test('is run again at once, and as often as it takes, where it gave way to its own process', async () => {
  const verdicts = [...Array<'again'>(3 * MAX_ATTEMPTS).fill('again'), 'final' as const]
  const attempt = vi.fn().mockResolvedValue(ok(7))
  const onRetry = vi.fn()
  const outcome = await retryLostRaces(attempt, { judge: () => verdicts.shift() ?? 'final', onRetry })
  expect(outcome).toEqual(ok(7))
  expect([onRetry.mock.calls.length, sleep.mock.calls.length]).toEqual([3 * MAX_ATTEMPTS, 0])
})
