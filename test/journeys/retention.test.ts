import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { journalSchema } from '../../src/views/postgres/names.ts'
import { Client, CREATE_USER } from '../support/client.ts'
import { onEverySite, type Site } from '../support/engines.ts'
import { Follower } from '../support/follower.ts'
import type { AnyServer } from '../support/server.ts'

const DAY_MS = 86_400_000

onEverySite('with a retention', (openSite) => {
  let site: Site
  let server: AnyServer
  let client: Client
  beforeAll(async () => {
    site = await openSite()
    server = await site.start({ environment: { ROLLCALL_JOURNAL_RETENTION: '90d' } })
    client = new Client(server.url, server.operatorKey)
  })
  afterAll(async () => {
    await server.close()
    await site.close()
  })

  const create = async (username: string): Promise<string> =>
    (await client.ask(CREATE_USER, { input: { username } })).createUser.user.id
  const headCursor = async (): Promise<string> => (await client.ask('{ head }')).head
  const follow = (after: string) => new Follower(server.url, server.operatorKey, after)
  const age = (days: number) => aged(site, server, Date.now() - days * DAY_MS)

  test('a cursor from before the retention expires; who follows already is not cut off; the log keeps everything', async () => {
    const oldest = await headCursor()
    const id = await create('long-ago')
    const edge = await headCursor()
    await age(89)
    const running = follow(oldest)
    expect((await running.nextChange()).event).toMatchObject({ username: 'long-ago' })

    await age(91)
    await create('lately')
    await expect(follow(oldest).next()).rejects.toThrow(/CURSOR_EXPIRED.*"why":"retention"/)
    await expect(follow(oldest).next()).rejects.toThrow('start from a fresh copy')
    // What it missed is all within the retention.
    const resumed = follow(edge)
    expect((await resumed.nextChange()).event).toMatchObject({ username: 'lately' })
    const names: unknown[] = []
    while (!names.includes('lately')) names.push((await running.nextChange()).event.username)

    const { user } = await client.ask('query ($id: ID!) { user(id: $id) { history { nodes { seq } } } }', {
      id,
    })
    expect(user.history.nodes).toHaveLength(2)
    await Promise.all([running.close(), resumed.close()])
  })

  test('nobody has written for longer than that: the cursor of now is good', async () => {
    await create('last')
    await age(400)
    const follower = follow(await headCursor())
    expect((await follower.next()).kind).toBe('CAUGHT_UP')
    await follower.close()
  })
})

/** Makes the directory believe that all it has was written then. */
async function aged({ environment }: Site, { directory }: AnyServer, time: number): Promise<void> {
  const position = await directory.kept.position()
  const { ROLLCALL_DATA: data, ROLLCALL_VIEWS: url } = environment
  if (data !== undefined) {
    const db = new DatabaseSync(join(data, 'log.sqlite'))
    db.exec('DELETE FROM mark')
    db.prepare('INSERT INTO mark (at, position) VALUES (?, ?)').run(time, position)
    return db.close()
  }
  const db = new pg.Client(url)
  await db.connect()
  const table = `${journalSchema(directory.log.epoch)}.journal_minutes`
  await db.query(`DELETE FROM ${table}`)
  await db.query(`INSERT INTO ${table} (minute, position) VALUES ($1, $2)`, [
    Math.floor(time / 60_000),
    position,
  ])
  await db.end()
}
