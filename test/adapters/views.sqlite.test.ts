import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { afterPrefix, ascending } from '../../src/views/codePoints.ts'
import { VIEW_VERSION, viewFile } from '../../src/views/generations.ts'
import type { ListLimits } from '../../src/views/sqlite/read/ReadContext.ts'
import { openSqliteViewReader } from '../../src/views/sqlite/SqliteViewReader.ts'
import { openSqliteViewWriter } from '../../src/views/sqlite/SqliteViewWriter.ts'
import { ViewsUnavailable } from '../../src/views/ViewStore.ts'
import { groupName, status, username } from '../conformance/viewStore/events.ts'
import { generationTests } from '../conformance/viewStore/generations.ts'
import { listTests } from '../conformance/viewStore/lists.ts'
import { Scribe } from '../conformance/viewStore/Scribe.ts'
import { searchTests } from '../conformance/viewStore/search.ts'
import type { ViewWorld } from '../conformance/viewStore/world.ts'
import { viewStoreConformance } from '../conformance/viewStore.ts'

const newDirectory = () => mkdtemp(join(tmpdir(), 'rollcall-views-'))

const open = async (limits?: ListLimits): Promise<ViewWorld> => {
  const directory = await newDirectory()
  const [file, next] = [viewFile(directory, 'epoch'), viewFile(directory, 'epoch', 2)]
  let statements = 0
  const writer = await openSqliteViewWriter({ file, loadStep: 2 })
  const onStatement = () => {
    statements += 1
  }
  const reader = await openSqliteViewReader({ file, onStatement, ...(limits && { limits }) })
  return {
    writer,
    reader,
    openWriter: () => openSqliteViewWriter({ file, loadStep: 2 }),
    openReader: () => openSqliteViewReader({ file }),
    openNext: async () => ({
      writer: await openSqliteViewWriter({ file: next }),
      reader: await openSqliteViewReader({ file: next, ...(limits && { limits }) }),
    }),
    statements: () => statements,
    async close() {
      await Promise.all([writer.close(), reader.close()])
      await rm(directory, { recursive: true })
    },
  }
}

viewStoreConformance('SQLite', () => open())

// Few rows are read in other ways than many: here in the ways of many.
describe('lists of few, read as if they were many', () => {
  const asIfMany = () => open({ lead: 0, candidates: 0 })
  listTests(asIfMany)
  generationTests(asIfMany, false)
  searchTests(asIfMany)
})

describe('order by code point', () => {
  const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
  const unit = fc.constantFrom('a', 'b', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}')
  const text = fc.string({ unit, maxLength: 4 })

  test('of two texts is that of their UTF-8', () => {
    fc.assert(fc.property(text, text, (a, b) => Math.sign(ascending(a, b)) === compare(a, b)))
  })

  test('what begins with a prefix stands from it up to the end of the prefix', () => {
    fc.assert(
      fc.property(text, text, (prefix, some) => {
        const end = afterPrefix(prefix)
        const within = compare(some, prefix) >= 0 && (end === null || compare(some, end) < 0)
        return within === some.startsWith(prefix)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a file of views', () => {
  let directory: string
  let file: string
  beforeEach(async () => {
    directory = await newDirectory()
    file = viewFile(directory, 'epoch')
  })
  afterEach(() => rm(directory, { recursive: true }))

  test('is named after the version of what it holds, and after its log', () => {
    expect(file).toContain(`v${VIEW_VERSION}`)
    expect(viewFile(directory, 'another')).not.toBe(file)
  })

  test("is its owner's alone", async () => {
    await (await openSqliteViewWriter({ file })).close()
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('of another version is not used', async () => {
    await (await openSqliteViewWriter({ file })).close()
    const db = new DatabaseSync(file)
    db.exec(`PRAGMA user_version = ${VIEW_VERSION + 1}`)
    db.close()
    await expect(openSqliteViewWriter({ file })).rejects.toThrow(`version ${VIEW_VERSION + 1}`)
    await expect(openSqliteViewReader({ file })).rejects.toThrow(`version ${VIEW_VERSION + 1}`)
  })

  test('that is another database, or no database, is refused for good', async () => {
    const db = new DatabaseSync(file)
    db.exec('CREATE TABLE mine (id INTEGER)')
    db.close()
    await expect(openSqliteViewWriter({ file })).rejects.toThrow('no views')
    await writeFile(file, 'x'.repeat(10_000))
    await expect(openSqliteViewWriter({ file })).rejects.not.toBeInstanceOf(ViewsUnavailable)
  })

  test('that cannot be made is trouble that may pass', async () => {
    const nowhere = join(directory, 'missing', 'views.sqlite')
    await expect(openSqliteViewWriter({ file: nowhere })).rejects.toBeInstanceOf(ViewsUnavailable)
    await expect(openSqliteViewReader({ file: nowhere })).rejects.toBeInstanceOf(ViewsUnavailable)
  })

  test('may be opened by many at once, before it is there', async () => {
    const opened = await Promise.all(
      Array.from({ length: 8 }, (_, i) => (i % 2 ? openSqliteViewReader : openSqliteViewWriter)({ file })),
    )
    expect(await Promise.all(opened.map((one) => one.position()))).toEqual(opened.map(() => 0))
    await Promise.all(opened.map((one) => one.close()))
  })

  test('a reader is not held up by a writer in the middle of its work', async () => {
    const scribe = new Scribe('acme', { last: 0 })
    const writer = await openSqliteViewWriter({ file })
    await writer.apply(scribe.record(username('u', 'ann')))
    const busy = new DatabaseSync(file)
    busy.exec('BEGIN IMMEDIATE; UPDATE progress SET position = 99')
    const reader = await openSqliteViewReader({ file })
    expect(await reader.position()).toBe(1)
    expect((await reader.users('acme', ['u']))[0]?.username).toBe('ann')
    busy.exec('ROLLBACK')
    busy.close()
    await Promise.all([reader.close(), writer.close()])
  })

  test('what others commit is seen from the next turn on, and in this turn by whoever asks anew', async () => {
    const scribe = new Scribe('acme')
    const writer = await openSqliteViewWriter({ file })
    await writer.apply(scribe.record(username('u', 'first')))
    const reader = await openSqliteViewReader({ file })
    const shown = async () => (await reader.users('acme', ['u']))[0]?.username
    const elsewhere = new DatabaseSync(file)
    const rename = (name: string) =>
      elsewhere.exec(`BEGIN; UPDATE users SET username = '${name}'; UPDATE progress SET batch = batch + 1;
        INSERT INTO recent SELECT batch, '["user/acme/u"]' FROM progress; COMMIT`)

    expect(await shown()).toBe('first')
    rename('second')
    expect(await shown()).toBe('first')
    await nextTurn()
    expect(await shown()).toBe('second')
    rename('third')
    reader.renew()
    expect(await shown()).toBe('third')
    rename('fourth')
    await reader.position()
    expect(await shown()).toBe('fourth')
    rename('fifth')
    await reader.applied([])
    expect(await shown()).toBe('fifth')
    // What a writer of this thread commits is seen at once.
    await writer.apply(scribe.record(username('u', 'sixth')))
    expect(await shown()).toBe('sixth')

    elsewhere.close()
    await Promise.all([reader.close(), writer.close()])
  })

  test('a reader does not keep the log of changes from being begun anew', async () => {
    const writer = await openSqliteViewWriter({ file })
    const reader = await openSqliteViewReader({ file })
    await reader.users('acme', ['u'])
    await nextTurn()
    const other = new DatabaseSync(file)
    expect(other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy).toBe(0)
    other.close()
    await Promise.all([reader.close(), writer.close()])
  })

  test('what is no longer so leaves the search index', async () => {
    const scribe = new Scribe('acme')
    const writer = await openSqliteViewWriter({ file })
    await writer.apply(scribe.record(username('u', 'first'), username('v', 'first too')))
    await writer.apply(scribe.record(username('u', 'second'), status('v', 'DELETED')))
    const db = new DatabaseSync(file, { readOnly: true })
    const found = db.prepare(`SELECT count(*) AS n FROM user_grams WHERE user_grams MATCH ?`)
    expect([found.get('"fir"')?.n, found.get('"sec"')?.n]).toEqual([0, 1])
    db.close()
    await writer.close()
  })

  test('a load leaves each search index in one piece', async () => {
    const writer = await openSqliteViewWriter({ file, loadStep: 1 })
    const scribe = new Scribe('acme')
    await writer.beginLoad()
    for (const name of ['a', 'b', 'c'])
      await writer.apply(scribe.record(username(name, name), groupName(name, name)))
    while (await writer.isLoading()) await writer.finishLoad()
    const db = new DatabaseSync(file, { readOnly: true })
    const pieces = (table: string) =>
      db.prepare(`SELECT count(DISTINCT segid) AS n FROM ${table}_idx`).get()?.n
    expect([pieces('user_grams'), pieces('group_grams')]).toEqual([1, 1])
    db.close()
    await writer.close()
  })

  test('after closing, everything rejects', async () => {
    const [writer, reader] = [await openSqliteViewWriter({ file }), await openSqliteViewReader({ file })]
    await Promise.all([writer.close(), reader.close(), writer.close(), reader.close()])
    await expect(writer.apply([])).rejects.toThrow()
    await expect(reader.position()).rejects.toThrow()
  })
})
