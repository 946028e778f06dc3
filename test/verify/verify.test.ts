import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { runProgram } from '../../src/cli/program.ts'
import { EMPTY_VECTOR } from '../../src/domain/token.ts'
import { recordTerminal } from '../cli/support.ts'
import { Client } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

const FILL = `mutation {
  ann: createUser(input: { id: "u-ann", username: "ann", email: "ann@example.org", name: "Ann Lee", attributes: { team: "red" } }) { token }
  bob: createUser(input: { id: "u-bob", username: "bob", email: "bob@example.org", name: "Bob Ray" }) { token }
  all: createGroup(input: { id: "g-all", name: "everybody" }) { token }
  crew: createGroup(input: { id: "g-crew", name: "crew", description: "those on deck", parentId: "g-all" }) { token }
  annIn: setMembership(groupId: "g-crew", userId: "u-ann", role: MAINTAINER) { token }
  key: createApiKey(input: { userId: "u-bob", label: "laptop", scopes: [DIRECTORY_READ] }) { token }
}`

describe('rollcall verify', () => {
  let data: string
  let server: TestServer
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'rollcall-verify-'))
    server = await startServer({ data })
    await caughtUp()
    await new Client(server.url, server.operatorKey).ask(FILL)
    await caughtUp()
  })
  afterEach(async () => {
    await server.close()
    await rm(data, { recursive: true, force: true })
  })

  async function caughtUp(): Promise<void> {
    const { log, feed } = server.directory
    await feed.reach({ ...EMPTY_VECTOR, position: await log.position() }, 30_000)
  }

  async function run(...args: string[]) {
    const terminal = recordTerminal()
    const code = await runProgram(['verify', '--data', data, ...args], terminal)
    return { code, printed: terminal.printed, noted: terminal.noted }
  }

  async function corrupt(sql: string): Promise<void> {
    const file = (await readdir(data)).find((name) => /^views.*\.sqlite$/.test(name)) ?? ''
    const db = new DatabaseSync(join(data, file))
    const { changes } = db.prepare(sql).run()
    db.close()
    // FTS5 tells no count.
    if (!sql.includes('_grams')) expect(changes, sql).not.toBe(0)
  }

  test('a sound directory has no problems, and the summary says what was looked at', async () => {
    const { code, printed, noted } = await run()
    expect(printed.at(-1)).toBe('No problems')
    expect(printed[0]).toContain('2 users, 2 groups, 1 membership, 1 API key, 1 tenant: 7 rows compared')
    expect(printed[1]).toMatch(/^The log's root at position \d+ is \S+$/)
    expect(noted.join('\n')).toContain('rows of the views')
    expect(code).toBe(EXIT.ok)
  })

  const users = "WHERE id = 'u-ann'"
  const ann = `(SELECT num FROM users ${users})`
  const crew = "(SELECT num FROM groups WHERE id = 'g-crew')"
  const bob = "(SELECT num FROM users WHERE id = 'u-bob')"
  const kinds: readonly (readonly [
    what: string,
    sql: string,
    told: string,
    repair: readonly [string, string],
  ])[] = [
    [
      'a changed name',
      `UPDATE users SET name = 'Eve' ${users}`,
      'name: the log says "Ann Lee", the views say "Eve"',
      ['user', 'u-ann'],
    ],
    [
      'another email',
      `UPDATE users SET email = 'x@y.z' ${users}`,
      'email: the log says "ann@example.org"',
      ['user', 'u-ann'],
    ],
    [
      'other attributes',
      `UPDATE users SET attributes = '{}' ${users}`,
      'attributes: the log says {"team":"red"}',
      ['user', 'u-ann'],
    ],
    [
      'a missing user',
      `UPDATE users SET username = NULL ${users}`,
      'row: the log says "a row"',
      ['user', 'u-ann'],
    ],
    [
      'another status',
      `UPDATE users SET status = 2 ${users}`,
      'status: the log says "ACTIVE"',
      ['user', 'u-ann'],
    ],
    [
      'a user who is not found by username',
      `UPDATE users SET username_fold = 'zed' ${users}`,
      'found by username',
      ['user', 'u-ann'],
    ],
    [
      'a user who is not found by email',
      `UPDATE users SET email_fold = '' ${users}`,
      'found by email',
      ['user', 'u-ann'],
    ],
    [
      'a missing search row',
      `DELETE FROM user_grams WHERE rowid = ${ann}`,
      'search for "ann"',
      ['user', 'u-ann'],
    ],
    [
      'a missing attribute row',
      `DELETE FROM user_attributes WHERE user = ${ann}`,
      'filter by attribute team',
      ['user', 'u-ann'],
    ],
    [
      'events that were skipped',
      `UPDATE users SET user_seq = 1, email = NULL ${users}`,
      'seq (events were skipped)',
      ['user', 'u-ann'],
    ],
    [
      'a seq that the log does not have',
      `UPDATE users SET profile_seq = 9 ${users}`,
      'seq (the views are ahead of the log)',
      ['user', 'u-ann'],
    ],
    ['a lost API key', `DELETE FROM api_keys WHERE user = ${bob}`, 'API key', ['user', 'u-bob']],
    [
      'a key that was given more',
      `UPDATE api_keys SET scopes = '["ADMIN"]'`,
      'scopes: the log says ["DIRECTORY_READ"]',
      ['user', 'u-bob'],
    ],
    ['a key that is not found', `UPDATE api_keys SET hash = 'x'`, 'found by its hash', ['user', 'u-bob']],
    [
      'a missing membership',
      `DELETE FROM memberships WHERE grp = ${crew}`,
      'member u-ann: the log says "MAINTAINER", the views say null',
      ['group', 'g-crew'],
    ],
    [
      'an extra membership',
      `INSERT INTO memberships VALUES (${crew}, 'u-bob', ${bob}, 1, 0)`,
      'member u-bob: the log says null, the views say "MEMBER"',
      ['group', 'g-crew'],
    ],
    ['another role', 'UPDATE memberships SET role = 3 - role', 'member u-ann: role', ['group', 'g-crew']],
    [
      'a membership that its user does not lead to',
      `DELETE FROM memberships_by_user WHERE user = ${ann}`,
      'member u-ann found from the user',
      ['group', 'g-crew'],
    ],
    [
      'a wrong count',
      `UPDATE groups SET member_count = 7 WHERE id = 'g-crew'`,
      'memberCount: the log says 1, the views say 7',
      ['group', 'g-crew'],
    ],
    [
      'a group without its parent',
      `UPDATE groups SET parent = NULL WHERE id = 'g-crew'`,
      'parentId: the log says "g-all", the views say null',
      ['group', 'g-crew'],
    ],
    [
      'another description',
      `UPDATE groups SET description = 'x' WHERE id = 'g-crew'`,
      'description',
      ['group', 'g-crew'],
    ],
    [
      'a group that is not found by name',
      `UPDATE groups SET name_fold = 'x' WHERE id = 'g-crew'`,
      'found by name',
      ['group', 'g-crew'],
    ],
    [
      'a group without its search row',
      `DELETE FROM group_grams WHERE rowid = ${crew}`,
      'search for "crew"',
      ['group', 'g-crew'],
    ],
    [
      'a user whom the log does not know',
      `UPDATE users SET id = 'u-eve' WHERE id = 'u-bob'`,
      'default/user/u-eve: row: the log says null',
      ['user', 'u-eve'],
    ],
  ]
  test.each(kinds)(
    '%s is found, told, and repaired beside a running server',
    async (_, sql, told, [kind, id]) => {
      await corrupt(sql)
      const { code, printed } = await run()
      const line = printed.find((text) => text.includes(told)) ?? `nothing about it: ${printed.join('\n')}`
      expect(line).toContain(told)
      expect(line).toContain(`To repair: rollcall verify --repair ${kind} ${id} --tenant default`)
      expect(code).toBe(EXIT.problems)

      const repaired = await run('--repair', kind, id)
      expect(repaired.printed.join('\n')).toContain(`${kind} default/${id}: made anew`)
      if (id === 'u-eve') await run('--repair', 'user', 'u-bob')
      // An extra membership has a row on the one side only.
      expect((await run()).printed.at(-1)).toBe('No problems')
    },
  )

  test('a running server shows what was repaired', async () => {
    const client = new Client(server.url, server.operatorKey)
    const name = async () => (await client.ask('{ user(id: "u-ann") { name } }')).user.name
    expect(await name()).toBe('Ann Lee')
    await corrupt(`UPDATE users SET name = 'Eve' ${users}`)
    await client.ask(`mutation { updateUser(id: "u-ann", patch: { email: "new@example.org" }) { token } }`)
    expect(await name()).toBe('Eve')
    const { code, printed } = await run('--repair', 'user', 'u-ann')
    expect(printed).toContain('name: was "Eve", is "Ann Lee"')
    expect(code).toBe(EXIT.ok)
    expect(await name()).toBe('Ann Lee')
  })

  test('a quarantine is told, and lifted by a repair', async () => {
    await corrupt(`INSERT INTO quarantine VALUES ('default/user/u-ann/profile', 2, 'it was odd')`)
    const { code, printed } = await run()
    expect(printed[0]).toContain('default/user/u-ann/profile: in quarantine since seq 2: it was odd')
    expect(code).toBe(EXIT.problems)
    const repaired = await run('--repair', 'user', 'u-ann')
    expect(repaired.printed).toContain('default/user/u-ann/profile: its quarantine is lifted')
    expect((await run()).code).toBe(EXIT.ok)
  })

  test('an edited log is told', async () => {
    const db = new DatabaseSync(join(data, 'log.sqlite'))
    db.exec(`UPDATE event SET data = replace(data, 'Ann Lee', 'Eve Lee')`)
    db.close()
    const { code, printed } = await run()
    expect(printed[0]).toContain('log default/user/u-ann/profile: CHAIN')
    expect(code).toBe(EXIT.problems)
  })

  test('--json gives objects', async () => {
    await corrupt(`UPDATE users SET name = 'Eve' ${users}`)
    const objects = (await run('--json')).printed.map((line) => JSON.parse(line))
    expect(objects[0]).toMatchObject({
      part: 'views',
      entity: { kind: 'user', tenant: 'default', id: 'u-ann' },
      stream: 'default/user/u-ann/profile',
      what: 'name',
      log: 'Ann Lee',
      view: 'Eve',
    })
    expect(objects.at(-1)).toMatchObject({ part: 'summary', problems: objects.length - 1, users: 2 })
  })

  test('deletions are no problem: of a member, of a group with members, of a parent', async () => {
    const client = new Client(server.url, server.operatorKey)
    await client.ask(`mutation {
      bobIn: setMembership(groupId: "g-crew", userId: "u-bob", role: MEMBER) { token }
      annInAll: setMembership(groupId: "g-all", userId: "u-ann", role: MEMBER) { token }
      bob: deleteUser(id: "u-bob") { token }
      all: deleteGroup(id: "g-all") { token }
    }`)
    await caughtUp()
    expect((await run()).printed.at(-1)).toBe('No problems')
  })

  test.each([
    [['--repair', 'tenant', 'x'], '--repair takes a kind'],
    [['--repair', 'user'], '--repair takes a kind'],
    [['--repair', 'user', 'u-nobody'], 'neither the log nor the views have a user "u-nobody"'],
    [['--tenant', 'nowhere'], 'there is no tenant "nowhere"'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, noted } = await run(...args)
    expect(noted.join('\n')).toContain(message)
    expect(code).toBe(EXIT.usage)
  })
})
