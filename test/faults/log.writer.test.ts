import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LogUnavailable } from '../../src/log/EventLog.ts'
import { encodeCommit } from '../../src/log/encodeCommit.ts'
import { GroupCommit } from '../../src/log/sqlite/GroupCommit.ts'
import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'
import { ann, appendOf, bob, commitOf, times, username } from '../conformance/eventLog/commits.ts'

/** A writer of which only the end is real. */
const workerThat = (does: string): Worker =>
  new Worker(
    `const { parentPort } = require('node:worker_threads')
     parentPort.on('message', () => { ${does} })
     parentPort.postMessage({ kind: 'ready' })`,
    { eval: true },
  )

const anyCommit = encodeCommit(commitOf({}))
const reasons = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  results.map((result) => (result.status === 'rejected' ? result.reason : undefined))

describe('a writer that is gone', () => {
  it.each([
    ['exits', 'process.exit(3)'],
    ['crashes', 'throw new Error("out of luck")'],
  ])('because it %s leaves nobody waiting, and says what it does not know', async (_, does) => {
    const writer = await GroupCommit.start(workerThat(does))
    const sent = times(300, () => writer.write(anyCommit))
    const failures = reasons(await Promise.allSettled(sent))
    expect(new Set(failures.map((failure) => failure instanceof LogUnavailable))).toEqual(new Set([true]))
    expect(String(failures[0])).toContain('may or may not have been written')
    expect(String(failures.at(-1))).toContain('was not written')
    await expect(writer.write(anyCommit)).rejects.toThrow('was not written')
    await writer.close()
  })

  it('does not keep the log from closing', async () => {
    const writer = await GroupCommit.start(workerThat('process.exit(0)'))
    const pending = Promise.allSettled([writer.write(anyCommit)])
    await writer.close()
    expect(reasons(await pending)[0]).toBeInstanceOf(LogUnavailable)
  })

  it('before it began fails the opening', async () => {
    const stillborn = new Worker('throw new Error("no file")', { eval: true })
    await expect(GroupCommit.start(stillborn)).rejects.toBeInstanceOf(LogUnavailable)
  })
})

describe('a log that another process has locked', () => {
  it('rejects what it could not write in time, and goes on when it is free', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-locked-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'log.db')
    const log = await openSqliteLog({ file, busyTimeoutMs: 20 })
    await log.commit(appendOf(ann, 0, username('a')))
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')

    const failed = log.commit(appendOf(bob, 0, username('b')))
    await expect(failed).rejects.toBeInstanceOf(LogUnavailable)
    await expect(failed).rejects.toThrow('was not written: database is locked')
    expect(await log.seqs([ann, bob])).toEqual([1, 0])

    other.exec('ROLLBACK')
    other.close()
    expect(await log.commit(appendOf(bob, 0, username('b')))).toMatchObject({ kind: 'committed' })
    await log.close()
  })
})
