import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { run } from '../cli/support.ts'
import { Client, CREATE_USER, USER } from '../support/client.ts'
import { Follower } from '../support/follower.ts'
import { startServer, type TestServer } from '../support/server.ts'

const WRITERS = 8
/** Acknowledged writes before the backup begins. */
const BEFORE = 80

let folder: string
let servers: TestServer[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-backup-'))
  servers = []
})

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()))
  await rm(folder, { recursive: true, force: true })
})

const at = (...path: string[]) => join(folder, ...path)

async function serve(data: string): Promise<TestServer> {
  const server = await startServer({ data })
  servers.push(server)
  return server
}

/** A data folder with some users, closed. */
async function makeData(...usernames: string[]): Promise<string> {
  const data = at('data')
  const server = await startServer({ data })
  const client = new Client(server.url, server.operatorKey)
  for (const username of usernames) await client.ask(CREATE_USER, { input: { username } })
  await server.close()
  return data
}

interface Written {
  readonly id: string
  readonly username: string
}

/** Eight who create users until they are told to stop. */
function startWriters(client: Client) {
  const acknowledged: Written[][] = Array.from({ length: WRITERS }, () => [])
  const enough = Promise.withResolvers<void>()
  let stopped = false
  const writers = acknowledged.map(async (own, writer) => {
    while (!stopped) {
      const username = `w${writer}-${own.length}`
      own.push((await client.ask(CREATE_USER, { input: { username } })).createUser.user)
      if (acknowledged.flat().length >= BEFORE) enough.resolve()
    }
  })
  return {
    acknowledged,
    enough: Promise.race([enough.promise, Promise.all(writers)]),
    async stop() {
      stopped = true
      await Promise.all(writers)
    },
  }
}

test('a backup under the load of 8 writers has all that was acknowledged before it, and a whole moment of what came meanwhile', {
  timeout: 60_000,
}, async () => {
  const server = await serve(at('data'))
  const client = new Client(server.url, server.operatorKey)
  const writers = startWriters(client)
  await writers.enough
  const before = writers.acknowledged.flat()
  const backup = await run('backup', at('backup'), '--data', at('data'))
  await writers.stop()
  expect(backup).toMatchObject({ code: 0 })
  const { head: cursor } = await client.ask('{ head }')
  const { user: newest } = (await client.ask(CREATE_USER, { input: { username: 'newest' } })).createUser

  const restored = await run('restore', at('backup'), '--data', at('restored'))
  expect(restored).toMatchObject({ code: 0, noted: expect.stringContaining('events of the log checked') })
  const other = await serve(at('restored'))
  const reader = new Client(other.url, other.operatorKey)
  for (const { id, username } of before) {
    expect((await reader.ask(USER, { id })).user).toMatchObject({ id, username })
  }
  for (const own of writers.acknowledged) {
    const found = await Promise.all(own.map(async ({ id }) => (await reader.ask(USER, { id })).user !== null))
    expect(found).toEqual([...found].sort().reverse())
  }
  const manifest = JSON.parse(await readFile(at('backup', 'backup.json'), 'utf8')) as { position: number }
  expect(await other.directory.log.position()).toBe(manifest.position)
  expect(manifest.position).toBeLessThan(await server.directory.log.position())

  // What clients hold from before is refused, with what to do.
  await expect(new Follower(other.url, other.operatorKey, cursor).next()).rejects.toThrow(
    /CURSOR_EXPIRED.*"why":"epoch"/,
  )
  expect(await reader.refused(USER, { id: newest.id, atLeast: newest.token })).toMatchObject({
    code: 'BAD_TOKEN',
    why: 'epoch',
    message: expect.stringContaining('read again for a new one'),
  })
  // It goes on from there, with tokens of its own.
  const { token, user } = (await reader.ask(CREATE_USER, { input: { username: 'newest' } })).createUser
  expect((await reader.ask(USER, { id: user.id, atLeast: token })).user.username).toBe('newest')
  const verified = await run('verify', '--data', at('restored'))
  expect(verified).toMatchObject({ code: 0, printed: expect.stringContaining('No problems') })
})

describe('a backup', () => {
  test('is for its owner alone, holds no views, and keeps the hash of a generated operator key', async () => {
    const data = await makeData('ann')
    await writeFile(join(data, 'operator-key.sha256'), 'hash\n', { mode: 0o600 })
    expect((await run('backup', at('backup'), '--data', data)).code).toBe(0)
    expect((await readdir(at('backup'))).sort()).toEqual(['backup.json', 'log.sqlite', 'operator-key.sha256'])
    expect((await stat(at('backup'))).mode & 0o777).toBe(0o700)
    for (const name of await readdir(at('backup'))) {
      expect([name, (await stat(at('backup', name))).mode & 0o777]).toEqual([name, 0o600])
    }
    expect((await run('restore', at('backup'), '--data', at('restored'))).code).toBe(0)
    expect((await readdir(at('restored'))).sort()).toEqual(['log.sqlite', 'operator-key.sha256'])
    expect(await readFile(at('restored', 'operator-key.sha256'), 'utf8')).toBe('hash\n')
  })

  test('tells the root that verify tells at the same position', async () => {
    const data = await makeData('ann', 'bob')
    const { printed } = await run('backup', at('backup'), '--data', data)
    const line = printed.split('\n').find((text) => text.includes('root at position'))
    expect((await run('verify', '--data', data)).printed.split('\n')).toContain(line)
  })

  test('goes only into an empty folder', async () => {
    const data = await makeData('ann')
    const first = await run('backup', at('backup'), '--data', data)
    const manifest = await readFile(at('backup', 'backup.json'), 'utf8')
    const second = await run('backup', at('backup'), '--data', data)
    expect([first.code, second.code]).toEqual([0, 2])
    expect(second.noted).toContain('holds a backup already')
    expect(await readFile(at('backup', 'backup.json'), 'utf8')).toBe(manifest)
    expect((await run('backup', data, '--data', data)).noted).toContain('is not empty')
  })

  test('of a folder without a log is none', async () => {
    const { code, noted } = await run('backup', at('backup'), '--data', at('nothing'))
    expect([code, noted]).toEqual([3, expect.stringContaining(`There is no log in ${at('nothing')}: `)])
    expect(await readdir(folder)).toEqual([])
  })

  test('that fails leaves nothing behind', async () => {
    await makeData('ann')
    await writeFile(at('data', 'log.sqlite'), 'no database, and longer than the header of one'.repeat(100))
    expect((await run('backup', at('backup'), '--data', at('data'))).code).toBe(3)
    expect(await readdir(at('backup'))).toEqual([])
  })
})

test('a log that was just restored is verified without views, and to look makes none', async () => {
  const data = await makeData('ann')
  await run('backup', at('backup'), '--data', data)
  await run('restore', at('backup'), '--data', at('restored'))
  const inRestored = (...args: string[]) => run(...args, '--data', at('restored'))
  expect(await inRestored('views', 'list')).toEqual({
    code: 0,
    printed: '',
    noted: 'There are no views yet: a server makes them from the log when it starts',
  })
  expect(await inRestored('verify')).toMatchObject({
    code: 0,
    printed: expect.stringMatching(/^There are no views yet to compare.*\nThe log's root .*\nNo problems$/),
  })
  const { printed } = await inRestored('verify', '--json')
  expect(JSON.parse(printed)).toMatchObject({ part: 'summary', problems: 0, views: false })
  expect(await inRestored('verify', '--repair', 'user', 'ann')).toMatchObject({
    code: 3,
    noted: expect.stringContaining('has no views yet'),
  })
  expect((await readdir(at('restored'))).filter((name) => name.startsWith('views'))).toEqual([])

  const log = new DatabaseSync(at('restored', 'log.sqlite'))
  log.exec(`UPDATE event SET data = replace(data, 'ann', 'eve')`)
  log.close()
  expect(await inRestored('verify')).toMatchObject({
    code: 4,
    printed: expect.stringContaining('There are no views yet to compare'),
  })
})

describe('restore refuses', () => {
  const restore = (...args: string[]) => run('restore', at('backup'), '--data', at('restored'), ...args)
  const nothingRestored = async () => expect(await readdir(at('restored')).catch(() => [])).toEqual([])

  beforeEach(async () => {
    const data = await makeData('ann', 'bob')
    expect((await run('backup', at('backup'), '--data', data)).code).toBe(0)
  })

  test('a backup that was cut off before its end', async () => {
    await rm(at('backup', 'backup.json'))
    expect(await restore()).toMatchObject({ code: 2, noted: expect.stringContaining('is no whole backup') })
    await rename(at('backup', 'log.sqlite'), at('backup', 'log.sqlite.unfinished'))
    expect(await restore()).toMatchObject({ code: 2, noted: expect.stringContaining('was not finished') })
    await nothingRestored()
  })

  test('to write over data', async () => {
    expect((await restore()).code).toBe(0)
    const log = await readFile(at('restored', 'log.sqlite'))
    expect(await restore()).toMatchObject({ code: 2, noted: expect.stringContaining('is not empty') })
    expect((await readFile(at('restored', 'log.sqlite'))).equals(log)).toBe(true)
  })

  test('a file that changed since, even unverified', async () => {
    const log = await readFile(at('backup', 'log.sqlite'))
    log[log.length - 1] = (log.at(-1) ?? 0) ^ 1
    await writeFile(at('backup', 'log.sqlite'), log)
    for (const args of [[], ['--no-verify']]) {
      expect(await restore(...args)).toMatchObject({
        code: 4,
        noted: expect.stringContaining('not what the backup wrote'),
      })
    }
    await nothingRestored()
  })

  test('a file that is missing', async () => {
    await rm(at('backup', 'log.sqlite'))
    expect(await restore()).toMatchObject({ code: 4, noted: expect.stringContaining('is missing') })
    await nothingRestored()
  })

  test('a log that was edited before its backup, unless told not to look', async () => {
    const db = new DatabaseSync(at('data', 'log.sqlite'))
    db.exec(`UPDATE event SET data = replace(data, 'ann', 'eve')`)
    db.close()
    await rm(at('backup'), { recursive: true })
    expect((await run('backup', at('backup'), '--data', at('data'))).code).toBe(0)
    expect(await restore()).toMatchObject({ code: 4, noted: expect.stringContaining('Nothing was restored') })
    await nothingRestored()
    expect((await restore('--no-verify')).code).toBe(0)
  })

  test('a manifest that it does not understand', async () => {
    for (const text of ['', 'null', '{}', '{"format":2}', '{"format":1,"files":[{"name":"../x"}]}']) {
      await writeFile(at('backup', 'backup.json'), text)
      expect(await restore()).toMatchObject({
        code: 2,
        noted: expect.stringContaining('damaged, or of a newer'),
      })
    }
  })
})

test('a log that somebody replaced by an older copy is not served, and becomes one again by way of a backup', async () => {
  const data = await makeData('ann')
  const older = await readFile(join(data, 'log.sqlite'))
  const server = await startServer({ data })
  await new Client(server.url, server.operatorKey).ask(CREATE_USER, { input: { username: 'bob' } })
  await server.close()
  await writeFile(join(data, 'log.sqlite'), older)

  await expect(startServer({ data })).rejects.toThrow(/its log ends at .* "rollcall backup FOLDER"/)
  expect(await run('export', '--data', data)).toMatchObject({ code: 3, printed: '' })

  expect((await run('backup', at('backup'), '--data', data)).code).toBe(0)
  expect((await run('restore', at('backup'), '--data', at('restored'))).code).toBe(0)
  const restored = await serve(at('restored'))
  const { users } = await new Client(restored.url, restored.operatorKey).ask(
    '{ users { nodes { username } } }',
  )
  expect(users.nodes).toEqual([{ username: 'ann' }])
})
