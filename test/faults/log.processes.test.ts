import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'
import { scanAll } from '../conformance/eventLog/commits.ts'
import { expectSound, runWriter } from './logProcess.ts'

it('takes what two processes write at once, on a file that neither had made: nothing lost, no holes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-two-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'log.db')
  const acknowledged = (
    await Promise.all(['a', 'b'].map((name) => runWriter(file, name, { rounds: 6 })))
  ).flat()
  const log = await openSqliteLog({ file })
  await expectSound(log, acknowledged)
  // Two processes of eight users with six renames, two of which are noted in the shared stream too.
  expect(acknowledged).toHaveLength(2 * 8 * (6 + 2))
  expect(await scanAll(log)).toHaveLength(acknowledged.length)
  await log.close()
})
