import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { copyLog } from '../../src/log/sqlite/copyLog.ts'
import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'
import { commitUser, newUser, rename } from '../feed/commits.ts'

test('a copy is of the moment at which it began, whatever is committed between its steps', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-copy-'))
  const file = join(folder, 'log.sqlite')
  const target = join(folder, 'copy.sqlite')
  try {
    const log = await openSqliteLog({ file })
    await commitUser(log, 'acme', 'u1', newUser('u1', 'ann'))
    const { position } = await commitUser(log, 'acme', 'u1', rename('u1', 'anna'))
    await log.close()
    const writer = new DatabaseSync(file)
    // So large that it takes many steps.
    writer.exec('CREATE TABLE filler AS SELECT randomblob(20000000) AS bytes')
    let steps = 0
    const copied = await copyLog({
      file,
      target,
      onProgress() {
        steps += 1
        if (steps === 1) writer.exec("UPDATE stream SET hash = 'changed'; DELETE FROM event")
      },
    })
    writer.close()
    expect(steps).toBeGreaterThan(1)
    expect(copied.position).toBe(position)
    const copy = new DatabaseSync(target)
    expect(copy.prepare('SELECT max(position) AS position FROM event').get()).toEqual({ position })
    expect(copy.prepare("SELECT count(*) AS n FROM stream WHERE hash = 'changed'").get()).toEqual({ n: 0 })
    copy.close()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
