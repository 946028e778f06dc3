import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  CreateUserDocument,
  createClient,
  DeleteUserDocument,
  type DirectoryCopy,
  type Following,
  type FollowStatus,
  follow,
  HeadDocument,
  memoryReplica,
  type Replica,
} from '../../src/client/index.ts'
import { sqliteReplica } from '../../src/client/sqlite/index.ts'
import { run } from '../cli/support.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TcpProxy } from '../support/TcpProxy.ts'

let folder: string
let server: TestServer
let proxy: TcpProxy
let following: Following | null
let statuses: FollowStatus[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-expiry-'))
  server = await serve('data')
  proxy = await TcpProxy.start(server.url)
  following = null
  statuses = []
})
afterEach(async () => {
  await following?.stop()
  await proxy.close()
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

const at = (name: string) => join(folder, name)
const serve = (name: string) =>
  startServer({ data: at(name), environment: { ROLLCALL_JOURNAL_RETENTION: '90d' } })

async function create(...usernames: string[]): Promise<string[]> {
  const client = createClient({ url: server.url, key: server.operatorKey })
  const made = await Promise.all(
    usernames.map((username) => client.request(CreateUserDocument, { input: { username } })),
  )
  return made.map(({ createUser }) => createUser.user.id)
}

async function followInto(replica: Replica & DirectoryCopy, onChange = () => {}): Promise<void> {
  following = follow(createClient({ url: proxy.url, key: server.operatorKey }), {
    replica,
    onChange,
    retry: { minMs: 0, maxMs: 20 },
    onStatus: (status) => statuses.push(status),
  })
  await following.caughtUp
}

const names = (copy: DirectoryCopy) => [...copy.users()].map(({ username }) => username).toSorted()
const expiries = () =>
  statuses.flatMap((status) => (status.kind === 'expired' ? [status.error.details.why] : []))

describe.each([
  ['memory', () => closable(memoryReplica())],
  ['a file', () => closable(sqliteReplica(at('copy.sqlite')))],
] as const)('a copy in %s', (_, open) => {
  test('whose cursor is past the retention is replaced by a fresh one, and never half there', async () => {
    const { replica, close } = open()
    const [goneId] = await create('gone', 'stays')
    await followInto(replica)
    await following?.stop()
    const client = createClient({ url: server.url, key: server.operatorKey })
    await client.request(DeleteUserDocument, { id: goneId as string })
    await age(91)
    await create('new')

    const seen = new Set<string>()
    await followInto(replica, () => seen.add(names(replica).join()))
    expect([...seen]).toEqual(['gone,stays'])
    expect(names(replica)).toEqual(['new', 'stays'])
    expect(expiries()).toEqual(['retention'])
    await close()
  })

  test('of a log that was restored loses what the log lost, while it is followed', async () => {
    const { replica, close } = open()
    await create('kept')
    await rollcall('backup', at('backup'), '--data', at('data'))
    await create('lost')
    await followInto(replica)
    expect(names(replica)).toEqual(['kept', 'lost'])

    await rollcall('restore', at('backup'), '--data', at('restored'))
    await server.close()
    server = await serve('restored')
    proxy.leadTo(server.url)
    await expect.poll(() => names(replica)).toEqual(['kept'])
    await create('after')
    await expect.poll(() => names(replica)).toEqual(['after', 'kept'])
    expect(expiries()).toEqual(['epoch'])
    await close()
  })
})

test('without a copy to replace, it ends', async () => {
  await create('ada')
  const { head } = await createClient({ url: server.url, key: server.operatorKey }).request(HeadDocument)
  await create('bob')
  await age(91)
  await create('carol')
  const ended = follow(createClient({ url: server.url, key: server.operatorKey }), { after: head })
  await expect(ended.done).rejects.toMatchObject({ code: 'CURSOR_EXPIRED', details: { why: 'retention' } })
})

const closable = <R extends Replica & DirectoryCopy>(replica: R) => ({
  replica,
  close: async () => {
    await following?.stop()
    if ('close' in replica && typeof replica.close === 'function') replica.close()
  },
})

async function rollcall(...args: string[]): Promise<void> {
  expect(await run(...args)).toMatchObject({ code: 0 })
}

/** Makes the log believe that all it has was written so many days ago. */
async function age(days: number): Promise<void> {
  const position = await server.directory.log.position()
  const db = new DatabaseSync(join(server.data, 'log.sqlite'))
  db.exec('DELETE FROM mark')
  db.prepare('INSERT INTO mark (at, position) VALUES (?, ?)').run(Date.now() - days * 86_400_000, position)
  db.close()
}
