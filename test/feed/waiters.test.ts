import { expect, test, vi } from 'vitest'
import { userStream } from '../../src/domain/streams.ts'
import { vectorAt, vectorOf } from '../../src/domain/token.ts'
import { Waiters } from '../../src/feed/local/Waiters.ts'
import { turn } from './fakes.ts'

const ANN = userStream('acme', 'ann')
const BOB = userStream('acme', 'bob')
const SOON_MS = 15_000

function world(seqs: Record<string, number> = {}) {
  const state = { seqs, position: 0, fails: false }
  const views = {
    applied: vi.fn(async (streams: readonly string[]) => {
      await turn()
      if (state.fails) throw new Error('locked')
      return streams.map((stream) => state.seqs[stream] ?? 0)
    }),
    position: async () => state.position,
  }
  const heard: number[] = []
  return { state, views, heard, waiters: new Waiters(views, (position) => heard.push(position)) }
}

test('one question answers all who wait, and leaves the others waiting', async () => {
  const { state, views, waiters } = world()
  const ann = waiters.wait(vectorOf([ANN, 2]), SOON_MS)
  const both = waiters.wait(vectorOf([ANN, 1], [BOB, 1]), SOON_MS)
  state.seqs = { [ANN]: 2 }
  await waiters.look()
  expect(await ann).toBe(true)
  expect(waiters.size).toBe(1)
  expect(views.applied.mock.calls).toEqual([[[ANN, BOB]]])
  waiters.close()
  expect(await both).toBe(false)
})

test('looks during a look are answered by one more', async () => {
  const { state, views, waiters } = world()
  const waiting = waiters.wait(vectorOf([ANN, 1]), SOON_MS)
  const looks = [waiters.look(), waiters.look(), waiters.look()]
  state.seqs = { [ANN]: 1 }
  await Promise.all(looks)
  expect(await waiting).toBe(true)
  expect(views.applied.mock.calls.length).toBeLessThanOrEqual(2)
})

test('a position is told with every answer, and waited for without asking for streams', async () => {
  const { state, views, heard, waiters } = world()
  const waiting = waiters.wait(vectorAt(5), SOON_MS)
  state.position = 5
  await waiters.look()
  expect(await waiting).toBe(true)
  expect(heard).toEqual([5])
  expect(views.applied).not.toHaveBeenCalled()
})

test('the last question is asked at the deadline, and its failure is told', async () => {
  const { state, waiters } = world()
  const late = waiters.wait(vectorOf([ANN, 1]), 1)
  state.seqs = { [ANN]: 1 }
  expect(await late).toBe(true)
  state.fails = true
  await expect(waiters.wait(vectorOf([BOB, 1]), 1)).rejects.toThrow('locked')
})

test('trouble during a look is not the end of the wait', async () => {
  const { state, waiters } = world({ [ANN]: 1 })
  const waiting = waiters.wait(vectorOf([ANN, 1]), SOON_MS)
  state.fails = true
  await waiters.look()
  expect(waiters.size).toBe(1)
  state.fails = false
  await waiters.look()
  expect(await waiting).toBe(true)
})
