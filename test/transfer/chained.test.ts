import { expect, test } from 'vitest'
import { groupStream, type StreamName, userStream } from '../../src/domain/streams.ts'
import type { LogCommit } from '../../src/log/EventLog.ts'
import { chained } from '../../src/transfer/chained.ts'

const META = {
  actor: { kind: 'system', id: null, label: 'a test' },
  at: '2030-01-01T00:00:00.000Z',
  cause: null,
  idempotencyKey: null,
  ip: null,
} as const

/** It appends to the first streams, and checks the others. */
const commit = (appended: readonly StreamName[], checked: readonly StreamName[] = []): LogCommit => ({
  ...{ tenant: 'acme', meta: META, claims: [], releases: [], idempotency: [] },
  appends: appended.map((stream) => ({ stream, expected: 0, events: [] })),
  checks: checked.map((stream) => ({ stream, expected: 0 })),
})

const [ann, bob, crew] = [userStream('acme', 'ann'), userStream('acme', 'bob'), groupStream('acme', 'crew')]

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
