import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { sqliteReplica } from '../../src/client/sqlite/index.ts'
import { replicaSuite } from '../conformance/replica.ts'
import { changesOf } from '../support/changes.ts'

function inFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-replica-'))
  return { file: join(folder, 'copy.sqlite'), remove: () => rmSync(folder, { recursive: true }) }
}

replicaSuite('a replica in a file', () => {
  const { file, remove } = inFolder()
  const opened = [sqliteReplica(file)]
  const [replica] = opened as [ReturnType<typeof sqliteReplica>]
  return {
    replica,
    reopen() {
      const again = sqliteReplica(file)
      opened.push(again)
      return again
    },
    close() {
      for (const each of opened) each.close()
      remove()
    },
  }
})

test('the file is for its owner alone, and is read with plain SQL', () => {
  const { file, remove } = inFolder()
  const replica = sqliteReplica(file)
  replica.begin('all')
  replica.apply(
    changesOf([
      ['SetUsername', 'u1', 'ada'],
      ['SetGroupName', 'g1', 'engines'],
      ['SetMembership', 'g1', 'u1', 'MEMBER'],
    ]),
    'c',
  )
  replica.complete('c')
  const db = new DatabaseSync(file, { readOnly: true })
  const sql = `SELECT username, groups.name, role FROM memberships
    JOIN users ON users.id = user_id JOIN groups ON groups.id = group_id`
  expect(
    db
      .prepare(sql)
      .all()
      .map((row) => ({ ...row })),
  ).toEqual([{ username: 'ada', name: 'engines', role: 'MEMBER' }])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  db.close()
  replica.close()
  remove()
})

test('a file that is something else is left alone', () => {
  const { file, remove } = inFolder()
  const db = new DatabaseSync(file)
  db.exec('CREATE TABLE mine (id INTEGER)')
  db.close()
  expect(() => sqliteReplica(file)).toThrow('is not a copy of a directory')
  writeFileSync(file, 'no database at all, but some text of its own'.repeat(100))
  expect(() => sqliteReplica(file)).toThrow('not a database')
  remove()
})

test('that was closed says so, whoever asks', () => {
  const { file, remove } = inFolder()
  const replica = sqliteReplica(file)
  replica.begin('all')
  replica.complete('c')
  replica.close()
  const asked = [
    () => replica.place(),
    () => replica.apply([], 'c'),
    () => replica.user('u1'),
    () => [...replica.groups()],
    () => replica.members('g1'),
  ]
  for (const ask of asked) expect(ask).toThrow(`${file}: the replica was closed`)
  remove()
})
