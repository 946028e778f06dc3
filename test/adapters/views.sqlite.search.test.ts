import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listUsers } from '../../src/ops/query.ts'
import { openSqliteViewReader } from '../../src/views/sqlite/SqliteViewReader.ts'
import { openSqliteViewWriter } from '../../src/views/sqlite/SqliteViewWriter.ts'
import type { ViewReader } from '../../src/views/ViewStore.ts'
import { username } from '../conformance/viewStore/events.ts'
import { ANY_USER } from '../conformance/viewStore/queries.ts'
import { Scribe } from '../conformance/viewStore/Scribe.ts'

const TENANT = 'acme'
let folder: string
let reader: ViewReader
let statements: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-search-'))
  const file = join(folder, 'views.sqlite')
  const writer = await openSqliteViewWriter({ file })
  const scribe = new Scribe(TENANT)
  const names = Array.from({ length: 9 }, (_, i) => [`ann-${i}`, `joanna-${i}`]).flat()
  await writer.apply(names.flatMap((name) => scribe.record(username(name, name))))
  await writer.close()
  statements = []
  reader = await openSqliteViewReader({ file, onStatement: (sql) => statements.push(sql) })
})

afterEach(async () => {
  await reader.close()
  await rm(folder, { recursive: true })
})

async function found(term: string, first: number): Promise<readonly string[]> {
  const page = { first, after: null }
  const [list] = await reader.listUsers(TENANT, [
    listUsers({ search: term, filter: ANY_USER, order: 'USERNAME', page }),
  ])
  return list?.rows.map(({ id }) => id) ?? []
}

const looksIntoGrams = () => statements.some((sql) => sql.includes('user_grams'))

test('a page that those fill who begin with the term is found without the grams', async () => {
  expect(await found('ann', 8)).toEqual([
    'ann-0',
    'ann-1',
    'ann-2',
    'ann-3',
    'ann-4',
    'ann-5',
    'ann-6',
    'ann-7',
  ])
  expect(looksIntoGrams()).toBe(false)
})

test('one that they do not fill is found with them', async () => {
  expect(await found('ann', 10)).toEqual([...Array.from({ length: 9 }, (_, i) => `ann-${i}`), 'joanna-0'])
  expect(looksIntoGrams()).toBe(true)
})
