import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LogUnavailable } from '../../src/log/EventLog.ts'
import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'
import { openSqliteLogReader } from '../../src/log/sqlite/SqliteLogReader.ts'
import { ann, appendOf, times, username } from '../conformance/eventLog/commits.ts'
import type { OrderedFixture } from '../conformance/eventLog/fixture.ts'
import { describeOrderedEventLog } from '../conformance/eventLog.ts'

async function openFixture(): Promise<OrderedFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-log-'))
  const file = join(folder, 'log.db')
  const opened: { close(): Promise<void> }[] = []
  const keep = <A extends { close(): Promise<void> }>(log: A): A => {
    opened.push(log)
    return log
  }
  return {
    log: keep(await openSqliteLog({ file, markEveryMs: 0 })),
    another: async () => keep(await openSqliteLog({ file, markEveryMs: 0 })),
    reader: async () => keep(await openSqliteLogReader({ file })),
    spoil: async (stream, seq, data) =>
      sql(
        file,
        'UPDATE event SET data = ? WHERE seq = ? AND stream = (SELECT id FROM stream WHERE name = ?)',
        ...[data, seq, stream],
      ),
    dispose: async () => {
      await Promise.all(opened.map((log) => log.close()))
      await rm(folder, { recursive: true })
    },
  }
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-log-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

describeOrderedEventLog('SQLite', openFixture)

describe('the file of a log', () => {
  it('is its owner’s alone, as are its companions and the folder made for it', async () => {
    const folder = join(await newFolder(), 'data')
    const file = join(folder, 'log.db')
    const log = await openSqliteLog({ file })
    await log.commit(appendOf(ann, 0, username('a')))
    const modes = await Promise.all([folder, file, `${file}-wal`, `${file}-shm`].map(modeOf))
    await log.close()
    expect(modes).toEqual(['700', '600', '600', '600'])
  })

  it('is whole in itself once the log is closed', async () => {
    const file = join(await newFolder(), 'log.db')
    const log = await openSqliteLog({ file })
    await log.commit(appendOf(ann, 0, username('a')))
    await log.close()
    await expect(stat(`${file}-wal`)).rejects.toThrow('ENOENT')
  })

  it('is made once, however many open it at the same time', async () => {
    const file = join(await newFolder(), 'log.db')
    const logs = await Promise.all(times(6, () => openSqliteLog({ file })))
    expect(new Set(logs.map(({ secret }) => secret)).size).toBe(1)
    await Promise.all(logs.map((log) => log.close()))
  })

  it('of a newer release is refused, with what to do', async () => {
    const file = join(await newFolder(), 'log.db')
    await (await openSqliteLog({ file })).close()
    sql(file, 'PRAGMA user_version = 99')
    const message = /schema 99.*knows 2.*newer release/
    await expect(openSqliteLog({ file })).rejects.toThrow(message)
    await expect(openSqliteLogReader({ file })).rejects.toThrow(message)
  })

  it('is not made out of another database', async () => {
    const file = join(await newFolder(), 'other.db')
    sql(file, 'CREATE TABLE theirs (a)')
    await expect(openSqliteLog({ file })).rejects.toThrow('no rollcall log')
    expect(sql(file, 'PRAGMA journal_mode')).toEqual({ journal_mode: 'delete' })
  })

  it('must exist for a reader', async () => {
    const file = join(await newFolder(), 'missing.db')
    await expect(openSqliteLogReader({ file })).rejects.toBeInstanceOf(LogUnavailable)
  })

  it('has a mark for `positionAt` once a minute, not with every commit', async () => {
    const file = join(await newFolder(), 'log.db')
    const log = await openSqliteLog({ file })
    for (const seq of times(5, (n) => n)) await log.commit(appendOf(ann, seq, username('a')))
    await log.close()
    expect(sql(file, 'SELECT count(*) AS marks, max(position) AS position FROM mark')).toEqual({
      marks: 1,
      position: 1,
    })
  })

  it('has positions without holes', async () => {
    const { log, dispose } = await openFixture()
    onTestFinished(dispose)
    await Promise.all(times(50, (n) => log.commit(appendOf(ann, n % 3, username(`${n}`)))))
    const events = await log.scan(0, 1000)
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1))
  })
})

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)

function sql(file: string, statement: string, ...values: (string | number)[]): unknown {
  const db = new DatabaseSync(file)
  try {
    return db.prepare(statement).get(...values)
  } finally {
    db.close()
  }
}
