import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { VIEW_VERSION, viewFile } from '../../src/views/generations.ts'
import { openSqliteViewReader } from '../../src/views/sqlite/SqliteViewReader.ts'
import { openSqliteViewWriter } from '../../src/views/sqlite/SqliteViewWriter.ts'
import { ViewsUnavailable } from '../../src/views/ViewStore.ts'
import { username } from '../conformance/viewStore/events.ts'
import { Scribe } from '../conformance/viewStore/Scribe.ts'
import { viewStoreConformance } from '../conformance/viewStore.ts'

const newDirectory = () => mkdtemp(join(tmpdir(), 'rollcall-views-'))

viewStoreConformance('SQLite', async () => {
  const directory = await newDirectory()
  const file = viewFile(directory, 'epoch')
  let statements = 0
  const writer = await openSqliteViewWriter({ file })
  const reader = await openSqliteViewReader({ file, onStatement: () => (statements += 1) })
  return {
    writer,
    reader,
    openWriter: () => openSqliteViewWriter({ file }),
    openReader: () => openSqliteViewReader({ file }),
    statements: () => statements,
    async close() {
      await Promise.all([writer.close(), reader.close()])
      await rm(directory, { recursive: true })
    },
  }
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

  test('after closing, everything rejects', async () => {
    const [writer, reader] = [await openSqliteViewWriter({ file }), await openSqliteViewReader({ file })]
    await Promise.all([writer.close(), reader.close(), writer.close(), reader.close()])
    await expect(writer.apply([])).rejects.toThrow()
    await expect(reader.position()).rejects.toThrow()
  })
})
