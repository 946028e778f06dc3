import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'
import { expectSound, runWriter } from './logProcess.ts'
import type { Acknowledged } from './logWriter.ts'

it('keeps every acknowledged commit of a process that is killed again and again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-kill-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'log.db')
  const acknowledged: Acknowledged[] = []
  for (const killAfter of [1, 25, 60, 100]) {
    acknowledged.push(...(await runWriter(file, 'w', { rounds: 1_000_000, killAfter })))
    const log = await openSqliteLog({ file })
    await expectSound(log, acknowledged)
    await log.close()
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(186)
})
