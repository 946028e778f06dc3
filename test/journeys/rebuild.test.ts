import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { logFile } from '../../src/cli/run/logFile.ts'
import { querySync } from '../../src/feed/querySync.ts'
import type { SharedFeed } from '../../src/feed/shared/SharedFeed.ts'
import { openSqliteLogReader } from '../../src/log/sqlite/SqliteLogReader.ts'
import { openSqliteViewWriter, SqliteGenerations } from '../../src/views/sqlite/index.ts'
import { Client, CREATE_USER } from '../support/client.ts'
import { onEverySite, type Site } from '../support/engines.ts'
import { Follower } from '../support/follower.ts'
import { amissIn } from '../support/generations.ts'
import { rollcall, start } from '../support/process.ts'
import type { AnyServer } from '../support/server.ts'

const SOON = { timeout: 30_000 }
const READ = `query ($id: ID!, $atLeast: ConsistencyToken, $search: String!) {
  user(id: $id, atLeast: $atLeast) { username }
  users(search: $search, first: 5, atLeast: $atLeast) { nodes { username } }
}`

onEverySite('beside servers that are written to and read', (openSite) => {
  let site: Site
  let servers: readonly AnyServer[]
  const views = (...args: string[]) => rollcall(['views', ...args], site.environment)

  beforeEach(async () => {
    site = await openSite()
    await rollcall(['seed', '--users', '100'], site.environment)
    servers = await Promise.all([site.start(), site.start()])
  })
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()))
    await site.close()
  })

  test('no request fails, no follower misses anything, and the way back is open', {
    timeout: 180_000,
  }, async () => {
    const serving = () => servers.map(servingOn)
    const [first = 1] = serving()
    const followers = servers.map(({ url, operatorKey }) => new Follower(url, operatorKey))
    for (const follower of followers) await follower.untilCaughtUp()
    const load = startLoad(servers.map(({ url, operatorKey }) => new Client(url, operatorKey)))

    expect(await views('rebuild')).toMatchObject({ code: 0 })
    await expect.poll(() => serving().includes(first), SOON).toBe(false)
    await load.goOn()
    expect(await views('serve', '1')).toMatchObject({ code: 0 })
    await expect.poll(serving, SOON).toEqual([first, first])
    await load.goOn()
    const written = await load.stop()

    for (const follower of followers) {
      expect(await named(follower, written.length)).toEqual(new Set(written))
      await follower.close()
    }
    expect(await views('drop', '1')).toMatchObject({ code: 2 })
    await expect.poll(async () => (await views('drop', '2')).code, SOON).toBe(0)
    expect((await views('list')).stdout).toMatch(/^1 .*, serves\n$/)
    expect(await amissIn(site, 1)).toEqual([])
  })
})

onEverySite('a list that is begun before a rebuild', (openSite) => {
  let site: Site
  let server: AnyServer
  beforeEach(async () => {
    site = await openSite()
    server = await site.start()
  })
  afterEach(async () => {
    await server.close()
    await site.close()
  })

  test.each(['orderBy: NAME', 'search: "person"'])(
    'goes on after it where it was, though all sort equal: %s',
    async (list) => {
      const client = new Client(server.url, server.operatorKey)
      const names = Array.from({ length: 24 }, (_, i) => `x-person-${i}`)
      for (const username of names) await client.ask(CREATE_USER, { input: { username, name: 'A person' } })
      const seen: string[] = []
      const read = async (after: string | null) => {
        const query = `query ($after: Cursor) { users(first: 8, after: $after, ${list}) {
        nodes { username } pageInfo { hasNextPage endCursor } } }`
        const { nodes, pageInfo } = (await client.ask(query, { after })).users
        seen.push(...nodes.map(({ username }: { username: string }) => username))
        return pageInfo
      }
      const { endCursor } = await read(null)
      const before = servingOn(server)
      expect(await rollcall(['views', 'rebuild'], site.environment)).toMatchObject({ code: 0 })
      await expect.poll(() => servingOn(server), SOON).not.toBe(before)
      let page = await read(endCursor)
      while (page.hasNextPage) page = await read(page.endCursor)
      expect(seen.toSorted()).toEqual(names.toSorted())
    },
  )
})

/** What tells generations apart, on either engine. */
function servingOn({ directory: { feed } }: AnyServer): string | number {
  if ('viewFile' in feed) return feed.viewFile as string
  return (feed as unknown as SharedFeed).generation
}

/** Writers that read on one server what they wrote on another, with its token, and search. Any failure of theirs rejects `stop`. */
function startLoad(clients: readonly Client[]) {
  const written: string[] = []
  let isStopped = false
  const writers = [0, 1, 2].map(async (writer) => {
    for (let n = 0; !isStopped; n++) {
      const [here, there] = [clients[n % clients.length], clients[(n + 1) % clients.length]]
      const username = `w${writer}-${n}`
      const { createUser } = await (here as Client).ask(CREATE_USER, { input: { username } })
      const { id } = createUser.user
      const read = await (there as Client).ask(READ, { id, atLeast: createUser.token, search: username })
      expect(read.user).toEqual({ username })
      expect(read.users.nodes).toContainEqual({ username })
      written.push(username)
    }
  })
  const ended = Promise.all(writers)
  ended.catch(() => {})
  return {
    /** Resolves when some more has been done. */
    goOn: () => {
      const enough = written.length + 20
      return Promise.race([ended, expect.poll(() => written.length, SOON).toBeGreaterThan(enough)])
    },
    async stop(): Promise<readonly string[]> {
      isStopped = true
      await ended
      return written
    },
  }
}

/** The names that the follower is told of, each once, until there are so many. */
async function named(follower: Follower, count: number): Promise<Set<unknown>> {
  const names = new Set<unknown>()
  const seqs = new Map<string, number>()
  while (names.size < count) {
    const { stream, seq, event } = await follower.nextChange()
    expect(seq).toBe((seqs.get(stream) ?? 0) + 1)
    seqs.set(stream, seq)
    if (event.__typename === 'SetUsername') names.add(event.username)
  }
  return names
}

describe('without a server', { timeout: 120_000 }, () => {
  let data: string
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'rollcall-rebuild-'))
  })
  afterEach(() => rm(data, { recursive: true, force: true }))

  const views = (...args: string[]) => rollcall(['views', ...args], { ROLLCALL_DATA: data })
  const seed = (users: number) => rollcall(['seed', '--users', String(users)], { ROLLCALL_DATA: data })
  const verified = async () => (await rollcall(['verify'], { ROLLCALL_DATA: data })).code

  async function generations(): Promise<SqliteGenerations> {
    const log = await openSqliteLogReader({ file: logFile(data) })
    await log.close()
    return new SqliteGenerations(data, log.epoch)
  }

  test('killed half-way and run again, it goes on and ends whole', async () => {
    await seed(600)
    const list = await generations()
    await list.begin()
    const counted = new DatabaseSync(list.file(1).replace('.sqlite', '.generations.sqlite'))
    // However quick it is, it cannot say that it is done.
    counted.exec(`CREATE TRIGGER held BEFORE UPDATE ON generation BEGIN SELECT RAISE(ABORT, 'held'); END`)
    const child = start(['views', 'rebuild'], { ROLLCALL_DATA: data })
    const closed = new Promise((resolve) => child.once('close', resolve))
    await expect.poll(() => hasEvents(list.file(2)), { ...SOON, interval: 5 }).toBe(true)
    child.kill('SIGKILL')
    await closed
    counted.exec('DROP TRIGGER held')
    counted.close()
    expect(await list.serving()).toBe(1)

    expect(await views('rebuild')).toMatchObject({ code: 0 })
    expect(await list.list()).toMatchObject([{ number: 1 }, { number: 2, isServing: true }])
    expect(await verified()).toBe(0)
  })

  test('two at once build one', async () => {
    await seed(400)
    const codes = (await Promise.all([views('rebuild'), views('rebuild')])).map(({ code }) => code)
    expect(codes).toEqual([0, 0])
    expect(await (await generations()).serving()).toBeGreaterThan(1)
    expect(await verified()).toBe(0)
  })

  test('what the log does not say is not served', async () => {
    await seed(50)
    const list = await generations()
    const file = list.file(await list.begin())
    await build(data, file)
    const db = new DatabaseSync(file)
    db.exec(`UPDATE users SET username = 'mallory' WHERE n = 7`)
    db.close()
    const { code, stdout } = await views('rebuild')
    expect([code, stdout]).toEqual([4, expect.stringContaining('mallory')])
    expect(await list.list()).toMatchObject([{ number: 1, isServing: true }])
    expect(existsSync(file)).toBe(false)
  })

  test('what is not there, or not ready, cannot serve', async () => {
    await seed(1)
    await (await generations()).begin()
    for (const number of ['2', '3']) expect(await views('serve', number)).toMatchObject({ code: 2 })
    expect((await views('list')).stdout).toMatch(/^1 .*, serves\n2 .*unfinished/)
  })
})

async function build(data: string, file: string): Promise<void> {
  const log = await openSqliteLogReader({ file: logFile(data) })
  const writer = await openSqliteViewWriter({ file })
  await querySync(log, writer)
  await Promise.all([writer.close(), log.close()])
}

function hasEvents(file: string): boolean {
  if (!existsSync(file)) return false
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    return Number(db.prepare('SELECT position FROM progress').get()?.position) > 0
  } catch {
    return false
  } finally {
    db.close()
  }
}
