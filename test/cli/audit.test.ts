import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/cli/config.ts'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { type AuditRequest, audit } from '../../src/cli/run/audit.ts'
import { newestChanges } from '../../src/cli/run/newestChanges.ts'
import { ANY_CHANGE } from '../../src/domain/changeFilter.ts'
import { Client, CREATE_GROUP, CREATE_USER, SET_MEMBERSHIP } from '../support/client.ts'
import { start } from '../support/process.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { recordTerminal } from './support.ts'

const ALL: AuditRequest = {
  tenant: 'default',
  users: null,
  groups: null,
  events: null,
  actors: null,
  causes: null,
  since: null,
  until: null,
  limit: 1_000,
  follow: false,
  json: false,
}

describe('rollcall audit', () => {
  let server: TestServer
  let client: Client
  let ci: Client

  beforeAll(async () => {
    server = await startServer()
    client = new Client(server.url, server.operatorKey)
    await client.ask(CREATE_USER, { input: { id: 'u1', username: 'ada', email: 'ada@example.com' } })
    await client.ask(CREATE_GROUP, { input: { id: 'g1', name: 'ops' } })
    const { createApiKey } = await client.ask(
      'mutation { createApiKey(input: { userId: "u1", label: "ci", scopes: [DIRECTORY_WRITE, DIRECTORY_READ] }) { secret } }',
    )
    ci = new Client(server.url, createApiKey.secret)
    await ci.ask(SET_MEMBERSHIP, { groupId: 'g1', userId: 'u1', role: 'MAINTAINER' })
    await client.ask('mutation { updateUser(id: "u1", patch: { username: "countess" }) { token } }')
    await client.ask('mutation { removeMembership(groupId: "g1", userId: "u1") { token } }')
  })
  afterAll(() => server.close())

  async function run(request: Partial<AuditRequest> = {}, colors = false) {
    const config = readConfig({ ROLLCALL_DATA: server.data })
    if (!config.ok) throw new Error(config.error)
    const terminal = recordTerminal({ colors })
    const code = await audit(config.value, { ...ALL, ...request }, terminal)
    return { code, printed: terminal.printed, noted: terminal.noted }
  }
  /** Whose, and what. */
  const told = async (request: Partial<AuditRequest>) =>
    (await run(request)).printed.map((line) => line.split(/ {2,}/).slice(2, 4).join(': '))

  test('tells when, who, whose, what and why in columns, with the names of then', async () => {
    const { code, printed, noted } = await run()
    expect(code).toBe(EXIT.ok)
    expect(noted).toEqual([])
    const rows = printed.map((line) => line.split(/ {2,}/))
    expect(rows.map(([, who, whose, what]) => [who, whose, what])).toEqual([
      ['operator', 'user ada', 'username "ada"'],
      ['operator', 'user ada', 'email "ada@example.com"'],
      ['operator', 'user ada', 'ACTIVE'],
      ['operator', 'group ops', 'name "ops"'],
      ['operator', 'group ops', 'description ""'],
      ['operator', 'group ops', 'ACTIVE'],
      ['operator', 'user ada', 'key "ci" DIRECTORY_WRITE, DIRECTORY_READ'],
      ['key ci', 'group ops', 'ada MAINTAINER'],
      ['operator', 'user countess', 'username "countess"'],
      ['operator', 'group ops', 'countess is out'],
    ])
    const at = (column: RegExp) => new Set(printed.map((line) => line.search(column)))
    expect(at(/(user|group) (ada|ops|countess) /).size).toBe(1)
    expect(new Set(printed.map((line) => line.lastIndexOf('  ')))).toHaveLength(1)
    for (const [when, , , , why] of rows) {
      expect(when).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/)
      expect(why).toMatch(/^\S+$/)
    }
  })

  test('is filtered by user, group, type, actor, cause and time', async () => {
    expect(await told({ users: ['countess'], groups: ['g1'] })).toEqual([
      'group ops: ada MAINTAINER',
      'group ops: countess is out',
    ])
    expect(await told({ groups: ['OPS'], events: ['SetGroupName'] })).toEqual(['group ops: name "ops"'])
    expect(await told({ actors: ['ci'] })).toEqual(['group ops: ada MAINTAINER'])
    const cause = (await run({ actors: ['ci'] })).printed[0]?.split(/ {2,}/).at(-1) as string
    expect(await told({ causes: [cause] })).toEqual(['group ops: ada MAINTAINER'])
    expect((await run({ since: '2126-01-01T00:00:00.000Z' })).noted).toEqual(['no such change'])
    expect(await told({ until: '2126-01-01T00:00:00.000Z' })).toHaveLength(10)
  })

  test('shows the newest, and says that there are more', async () => {
    const { printed, noted } = await run({ limit: 2 })
    expect(printed.map((line) => line.split(/ {2,}/)[3])).toEqual(['username "countess"', 'countess is out'])
    expect(noted).toEqual(['only the newest 2: --limit shows more'])
    expect((await run({ limit: 10 })).noted).toEqual([])
  })

  test('has colours where they are seen, and the same text', async () => {
    const plain = (await run()).printed
    const colored = (await run({}, true)).printed
    expect(colored).not.toEqual(plain)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(colored.map((line) => line.replace(/\x1b\[\d+m/g, ''))).toEqual(plain)
  })

  test('as JSON has all that is kept, but no hash of a key', async () => {
    const { printed } = await run({ json: true })
    const changes = printed.map((line) => JSON.parse(line))
    expect(changes[0]).toEqual({
      position: expect.any(Number),
      at: expect.any(String),
      stream: 'default/user/u1',
      seq: 1,
      actor: { kind: 'operator', id: null, label: null },
      cause: expect.any(String),
      ip: '127.0.0.1',
      idempotencyKey: null,
      event: { type: 'SetUsername', userId: 'u1', username: 'ada' },
    })
    const key = changes.find(({ event }) => event.type === 'SetApiKey').event
    expect(key).toMatchObject({ label: 'ci', lastFour: expect.any(String) })
    expect(key).not.toHaveProperty('hash')
  })

  test('names a tenant, a user or a group that there is not', async () => {
    await expect(run({ tenant: 'nope' })).rejects.toThrow('--tenant: there is no tenant "nope"')
    await expect(run({ users: ['bob'] })).rejects.toThrow('--user: there is no user "bob"')
    await expect(run({ groups: ['dev'] })).rejects.toThrow('--group: there is no group "dev"')
  })

  test('--follow goes on with what is written, and ends when it is told to', async () => {
    const child = start(['audit', '--follow', '--json', '--limit', '1'], { ROLLCALL_DATA: server.data })
    const ended = once(child, 'exit')
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
    const next = async () => JSON.parse((await lines.next()).value as string).event
    expect(await next()).toMatchObject({ type: 'SetMembership', role: null })
    await client.ask('mutation { updateUser(id: "u1", patch: { name: "Ada" }) { token } }')
    expect(await next()).toEqual({ type: 'SetUserName', userId: 'u1', name: 'Ada' })
    child.kill('SIGTERM')
    expect(await ended).toEqual([EXIT.ok, null])
  })

  test('goes back through the log no further than it must', async () => {
    const { log } = server.directory
    const position = 35_000
    const event = (await log.scan(0, 1))[0]
    let read = 0
    const long = {
      scanTenant: async (_tenant: string, after: number, limit: number) => {
        const count = Math.min(limit, position - after)
        read += count
        return Array.from({ length: count }, (_, i) => ({ ...event, position: after + i + 1 }) as never)
      },
    }
    const ask = (limit: number, causes: string[] | null = null) =>
      newestChanges(long, { tenant: 'default', filter: { ...ANY_CHANGE, causes }, limit, position })
    const { changes, more } = await ask(3)
    expect([changes.map((change) => change.position), more]).toEqual([[34_998, 34_999, 35_000], true])
    expect(read).toBe(10_000)
    const all = await ask(position)
    expect([all.changes.length, all.more]).toEqual([position, false])
    expect(all.changes.every((change, i) => change.position === i + 1)).toBe(true)
    expect(await ask(3, ['nothing'])).toEqual({ changes: [], more: false })
  })
})
