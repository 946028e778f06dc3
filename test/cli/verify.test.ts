import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { runProgram } from '../../src/cli/program.ts'
import { openEmbedded } from '../../src/cli/run/embedded.ts'
import { logFile } from '../../src/cli/run/logFile.ts'
import { generationsFile, viewFile } from '../../src/views/generations.ts'
import { recordTerminal } from './support.ts'

let folder: string
let epoch: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-verify-'))
  const directory = await openEmbedded(folder)
  epoch = directory.log.epoch
  await directory.level()
  await directory.close()
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function run(file: string, sql: string): void {
  const db = new DatabaseSync(file)
  try {
    db.exec(sql)
  } finally {
    db.close()
  }
}

/** SQLite takes a file out of WAL mode only where nobody else has it open. */
const requireClosed = (file: string): void => run(file, 'PRAGMA journal_mode = DELETE')

test('verify leaves nothing open where the list of generations cannot be read', async () => {
  await writeFile(generationsFile(folder, epoch), 'no list')
  expect(await runProgram(['verify', '--data', folder], recordTerminal())).not.toBe(EXIT.ok)
  requireClosed(logFile(folder))
})

test('verify leaves nothing open where the views open, and cannot be used', async () => {
  const views = viewFile(folder, epoch)
  run(views, 'ALTER TABLE progress DROP COLUMN indexed')
  const terminal = recordTerminal()
  expect(await runProgram(['verify', '--data', folder], terminal)).toBe(EXIT.problems)
  expect(terminal.noted.join()).toContain('cannot be used: no such column: indexed')
  requireClosed(views)
  requireClosed(logFile(folder))
})
