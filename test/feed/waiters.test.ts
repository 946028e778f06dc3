import { expect, test, vi } from 'vitest'
import { userStream } from '../../src/domain/streams.ts'
import { type Vector, vectorAt, vectorOf } from '../../src/domain/token.ts'
import { Waiters } from '../../src/feed/Waiters.ts'
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

/** Waits, and has asked once in vain. */
async function waiting(waiters: Waiters, vector: Vector): Promise<{ readonly reached: Promise<boolean> }> {
  const { promise: demanded, resolve: demand } = Promise.withResolvers<void>()
  const reached = waiters.wait(vector, SOON_MS, demand)
  await demanded
  return { reached }
}

test('what is there already is not demanded', async () => {
  const { waiters } = world({ [ANN]: 3 })
  expect(await waiters.wait(vectorOf([ANN, 2]), SOON_MS, () => expect.unreachable())).toBe(true)
  expect(await waiters.wait(vectorOf([BOB, 1]), 0, () => expect.unreachable())).toBe(false)
  expect(waiters.size).toBe(0)
})

test('one question answers all who wait, and leaves the others waiting', async () => {
  const { state, views, waiters } = world()
  const ann = await waiting(waiters, vectorOf([ANN, 2]))
  const both = await waiting(waiters, vectorOf([ANN, 1], [BOB, 1]))
  views.applied.mockClear()
  state.seqs = { [ANN]: 2 }
  await waiters.look()
  expect(await ann.reached).toBe(true)
  expect(views.applied.mock.calls).toEqual([[[ANN, BOB]]])
  expect(waiters.size).toBe(1)
  waiters.close()
  expect(await both.reached).toBe(false)
})

test('those who come in the same turn ask one question, and none for what they are told before it ends', async () => {
  const { views, waiters } = world({ [ANN]: 1, [BOB]: 1 })
  const reached = [ANN, BOB, ANN].map((stream) => waiters.wait(vectorOf([stream, 1]), SOON_MS, () => {}))
  expect(await Promise.all(reached)).toEqual([true, true, true])
  expect(views.applied.mock.calls).toEqual([[[ANN, BOB]]])
  const told = waiters.wait(vectorOf([ANN, 2]), SOON_MS, () => {})
  waiters.tell(1, [[ANN, 2]])
  expect(await told).toBe(true)
  expect(views.applied).toHaveBeenCalledTimes(1)
})

test('who is told of what was applied asks no more', async () => {
  const { views, waiters } = world({ [BOB]: 1 })
  const both = await waiting(waiters, vectorOf([ANN, 2], [BOB, 1]))
  views.applied.mockClear()
  waiters.tell(1, [[ANN, 1]])
  expect(waiters.size).toBe(1)
  waiters.tell(2, [[ANN, 2]])
  expect(await both.reached).toBe(true)
  expect(views.applied).not.toHaveBeenCalled()
})

test('what is applied while the first question is asked is not missed', async () => {
  const { waiters } = world()
  const reached = waiters.wait(vectorOf([ANN, 1]), SOON_MS, () => {})
  waiters.tell(1, [[ANN, 1]])
  expect(await reached).toBe(true)
})

test('looks during a look are answered by one more', async () => {
  const { state, views, waiters } = world()
  const ann = await waiting(waiters, vectorOf([ANN, 1]))
  views.applied.mockClear()
  const looks = [waiters.look(), waiters.look(), waiters.look()]
  state.seqs = { [ANN]: 1 }
  await Promise.all(looks)
  expect(await ann.reached).toBe(true)
  expect(views.applied.mock.calls.length).toBeLessThanOrEqual(2)
})

test('a position is waited for without asking for streams, and told on when it is found', async () => {
  const { state, views, heard, waiters } = world()
  const five = await waiting(waiters, vectorAt(5))
  state.position = 5
  await waiters.look()
  expect(await five.reached).toBe(true)
  expect(heard).toEqual([0, 5])
  expect(views.applied).not.toHaveBeenCalled()
})

test('whatever was found, the position that is told on covers it', async () => {
  const { state, heard, waiters } = world({ [ANN]: 1 })
  state.position = 10
  const both = await waiting(waiters, vectorOf([ANN, 1], [BOB, 1]))
  // An older report, heard late.
  waiters.tell(8, [[BOB, 1]])
  expect(await both.reached).toBe(true)
  expect(heard).toEqual([10])
})

test('the last question is asked at the deadline, and its failure is told', async () => {
  const { state, waiters } = world()
  const late = waiters.wait(vectorOf([ANN, 1]), 1, () => {
    state.seqs = { [ANN]: 1 }
  })
  expect(await late).toBe(true)
  const failing = waiters.wait(vectorOf([BOB, 1]), 1, () => {
    state.fails = true
  })
  await expect(failing).rejects.toThrow('locked')
  expect(waiters.size).toBe(0)
})

test('trouble during a look is not the end of the wait', async () => {
  const { state, waiters } = world()
  const ann = await waiting(waiters, vectorOf([ANN, 1]))
  state.fails = true
  await waiters.look()
  expect(waiters.size).toBe(1)
  state.fails = false
  state.seqs = { [ANN]: 1 }
  await waiters.look()
  expect(await ann.reached).toBe(true)
})
