import { expect, test } from 'vitest'
import { DomainFailure } from '../../src/domain/errors.ts'
import { userStream } from '../../src/domain/streams.ts'
import type { Vector } from '../../src/domain/token.ts'
import { atLeast } from '../../src/ops/query.ts'
import { type QuerySource, queryInterpreter } from '../../src/queries/handler.ts'
import { ViewsUnavailable } from '../../src/views/ViewStore.ts'

const AWAY = new ViewsUnavailable('The views cannot be reached just now')
const STREAM = userStream('acme', 'u1')
const VECTOR: Vector = { streams: new Map([[STREAM, 3]]), position: 0 }

interface Views {
  reach(): Promise<boolean>
  applied(): Promise<readonly number[]>
}

/** Over views that fare so. */
function reachOver(views: Views, committed: boolean): Promise<unknown> {
  const source = { views, feed: views, viewDeadlineMs: 5 } as unknown as QuerySource
  return queryInterpreter(source, 'acme').answer(atLeast(VECTOR, committed))
}

const errorOf = async (answer: Promise<unknown>) => {
  const failure = await answer.catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(DomainFailure)
  return (failure as DomainFailure).error
}

const away = async () => Promise.reject(AWAY)
const late = async () => false

test('late views are told with how far they are', async () => {
  const error = await errorOf(reachOver({ reach: late, applied: async () => [2] }, false))
  expect(error).toMatchObject({
    code: 'VIEW_BEHIND',
    details: { wanted: VECTOR, has: { streams: new Map([[STREAM, 2]]) }, committed: false },
  })
})

test.each([
  ['are late', { reach: late, applied: async () => [2] }, /did not show it within 5 ms/],
  ['are away', { reach: away, applied: away }, /cannot show it just now/],
  ['are late, and then away', { reach: late, applied: away }, /cannot show it just now/],
])('a write whose views %s is told to be done', async (_, views, why) => {
  const error = await errorOf(reachOver(views, true))
  expect(error).toMatchObject({ code: 'VIEW_BEHIND', details: { wanted: VECTOR, committed: true } })
  expect(error.message).toMatch(why)
})

test('a read over views that are away fails as they do', async () => {
  await expect(reachOver({ reach: away, applied: away }, false)).rejects.toBe(AWAY)
})
