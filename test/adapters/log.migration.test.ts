import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { userStream } from '../../src/domain/streams.ts'
import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'
import { openSqliteLogReader } from '../../src/log/sqlite/SqliteLogReader.ts'
import { append, commitOf, META, scanAll, TENANT, times, username } from '../conformance/eventLog/commits.ts'

/** More than are chained in one transaction. */
const STREAMS = 1_200

/** A log with streams of one to three events. */
async function newLog(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-log-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'log.db')
  const log = await openSqliteLog({ file })
  for (const seq of [0, 1, 2]) {
    await Promise.all(
      times(STREAMS / (seq + 1), (n) =>
        log.commit(
          commitOf({
            meta: { ...META, at: `2030-01-02T03:04:0${5 - seq}.000Z`, ip: n % 2 === 0 ? null : '::1' },
            appends: [append(userStream(TENANT, `u${n}`), seq, username(`ü${n}/${seq}`))],
          }),
        ),
      ),
    )
  }
  await log.close()
  return file
}

function withDatabase<A>(file: string, use: (db: DatabaseSync) => A): A {
  const db = new DatabaseSync(file)
  try {
    return use(db)
  } finally {
    db.close()
  }
}

const heads = (file: string): unknown =>
  withDatabase(file, (db) => db.prepare('SELECT name, seq, hash FROM stream ORDER BY id').all())

/** As the release before chains wrote it. */
const makeOld = (file: string): void =>
  withDatabase(file, (db) =>
    db.exec(`
      ALTER TABLE stream DROP COLUMN hash;
      ALTER TABLE commit_meta DROP COLUMN position;
      DROP TABLE mark;
      PRAGMA user_version = 1;`),
  )

it('chains the streams of an older release as it would have itself', async () => {
  const file = await newLog()
  const before = heads(file)
  makeOld(file)
  const began = Date.now()
  const logs = await Promise.all(times(4, () => openSqliteLog({ file })))
  const [log] = logs
  if (log === undefined) throw new Error('none')
  expect(await scanAll(log)).toHaveLength(await log.position())
  expect(await log.positionAt(Date.now())).toBe(await log.position())
  expect(await log.positionAt(began - 1)).toBe(0)
  await Promise.all(logs.map((each) => each.close()))
  expect(heads(file)).toEqual(before)
  expect(
    withDatabase(file, (db) => db.prepare("SELECT 1 FROM meta WHERE name = 'chaining'").get()),
  ).toBeUndefined()
})

it('goes on chaining where another process was killed', async () => {
  const file = await newLog()
  const before = heads(file)
  withDatabase(file, (db) =>
    db.exec(`UPDATE stream SET hash = NULL WHERE id > 700; INSERT INTO meta VALUES ('chaining', '700')`),
  )
  await (await openSqliteLog({ file })).close()
  expect(heads(file)).toEqual(before)
})

it('never gives a hash to a stream that has lost it', async () => {
  const file = await newLog()
  withDatabase(file, (db) => db.exec('UPDATE stream SET hash = NULL WHERE id = 7'))
  await (await openSqliteLog({ file })).close()
  expect(withDatabase(file, (db) => db.prepare('SELECT hash FROM stream WHERE id = 7').get())).toEqual({
    hash: null,
  })
})

it('refuses the commits of an older release that has the log open, and lets it read', async () => {
  const file = await newLog()
  makeOld(file)
  const old = new DatabaseSync(file)
  const insert = old.prepare('INSERT INTO commit_meta VALUES (?, ?, ?, ?, ?, ?)')
  const read = old.prepare('SELECT name, seq, last_at, latest FROM stream LIMIT 1')
  expect(insert.run(100_000, 1, 1, null, null, null).changes).toBe(1)
  await (await openSqliteLog({ file })).close()
  expect(() => insert.run(100_001, 1, 1, null, null, null)).toThrow('7 columns')
  expect(read.get()).toMatchObject({ seq: 3 })
  old.close()
})

it('tells a reader of an older log who brings it up to date', async () => {
  const file = await newLog()
  makeOld(file)
  await expect(openSqliteLogReader({ file })).rejects.toThrow(/schema 1 of an older release.*serve/)
})
