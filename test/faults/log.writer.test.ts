import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CommitUnknown, LogUnavailable } from '../../src/log/EventLog.ts'
import { GroupCommit } from '../../src/log/sqlite/GroupCommit.ts'
import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'
import { ann, appendOf, bob, commitOf, times, upTo, username } from '../conformance/eventLog/commits.ts'

/** A writer of which only the end is real. */
const workerThat = (does: string): Worker =>
  new Worker(
    `const { parentPort } = require('node:worker_threads')
     parentPort.on('message', (message) => { ${does} })
     parentPort.postMessage({ kind: 'ready' })`,
    { eval: true },
  )

const anyCommit = commitOf({})
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
    expect(failures[0]).toBeInstanceOf(CommitUnknown)
    expect(String(failures[0])).toContain('may or may not have been written')
    expect((failures[0] as Error).cause).toBeInstanceOf(Error)
    expect(failures.at(-1)).not.toBeInstanceOf(CommitUnknown)
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

/** Says of its first batch that it failed, and numbers the commits of all later ones. */
const FAILS_ONCE = `
  globalThis.given ??= -1
  if (given < 0) {
    given = 0
    parentPort.postMessage({ kind: 'failed', reason: 'out of luck', unknown: false })
  } else {
    parentPort.postMessage({ kind: 'done', verdicts: JSON.parse(message).map(() => ++given) })
  }`

describe('a batch that fails', () => {
  it('takes none of those with it that were sent meanwhile', async () => {
    const worker = workerThat(FAILS_ONCE)
    const writer = await GroupCommit.start(worker)
    const results = await Promise.allSettled(times(300, () => writer.write(anyCommit)))
    const failed = results.findIndex(({ status }) => status === 'fulfilled')
    expect(failed).toBeGreaterThan(0)
    for (const reason of reasons(results.slice(0, failed))) {
      expect(String(reason)).toContain('was not written: out of luck')
    }
    const verdicts = results.slice(failed).map((result) => result.status === 'fulfilled' && result.value)
    expect(verdicts).toEqual(upTo(300 - failed))
    await worker.terminate()
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
