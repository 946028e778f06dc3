import { expect, test } from 'vitest'
import type { UserRow } from '../../src/ops/rows.ts'
import { userVector } from '../../src/services/rows.ts'

const row = (): UserRow => ({
  id: 'ada',
  username: 'ada',
  email: null,
  name: null,
  status: 'ACTIVE',
  attributes: {},
  createdAt: '2026-01-31T12:00:00.000Z',
  updatedAt: '2026-01-31T12:00:00.000Z',
  seqs: { user: 1, profile: 2, keys: 0 },
})

test('the vector of a row that everybody shares is made once, and its token with it', () => {
  const shared = Object.freeze(row())
  expect(userVector('acme', shared)).toBe(userVector('acme', shared))
})

test('that of another is the same each time, and not kept', () => {
  const own = row()
  expect(userVector('acme', own)).toEqual(userVector('acme', own))
  expect(userVector('acme', own)).not.toBe(userVector('acme', own))
})
