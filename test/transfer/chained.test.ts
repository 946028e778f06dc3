import { expect, test } from 'vitest'
import { groupStream, type StreamName } from '../../src/domain/streams.ts'
import { chained } from '../../src/transfer/chained.ts'
import { ann, append, bob, commitOf, TENANT } from '../conformance/eventLog/commits.ts'

/** It appends to the first streams, and checks the others. */
const commit = (appended: readonly StreamName[], checked: readonly StreamName[] = []) =>
  commitOf({
    appends: appended.map((stream) => append(stream, 0)),
    checks: checked.map((stream) => ({ stream, expected: 0 })),
  })

const crew = groupStream(TENANT, 'crew')

test('each names the newest before it that has written what it goes on from, as it was submitted', () => {
  const commits = chained([
    commit([ann]),
    commit([bob]),
    commit([ann]),
    commit([crew], [ann, bob]),
    commit([], [crew]),
    commit([crew]),
  ])
  const places = commits.map(({ after = [] }) => after.map((base) => commits.indexOf(base)))
  expect(places).toEqual([[], [], [0], [2, 1], [3], [3]])
})

test('what goes on from nothing is the very commit that was given', () => {
  const given = [commit([ann]), commit([bob])]
  for (const [i, one] of chained(given).entries()) expect(one).toBe(given[i])
})
