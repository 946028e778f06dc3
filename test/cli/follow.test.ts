import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { sqliteReplica } from '../../src/client/sqlite/index.ts'
import { stateOf } from '../support/changes.ts'
import { Client, CREATE_GROUP, CREATE_USER, SET_MEMBERSHIP } from '../support/client.ts'
import { directoryOf } from '../support/DirectoryCopy.ts'
import { rollcall, start } from '../support/process.ts'
import { startServer, type TestServer } from '../support/server.ts'

const RENAME =
  'mutation ($id: ID!, $name: String) { updateUser(id: $id, patch: { username: $name }) { token } }'

describe('rollcall follow', () => {
  let server: TestServer
  let client: Client
  let folder: string
  let children: ChildProcess[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-follow-'))
    children = []
    server = await startServer()
    client = new Client(server.url, server.operatorKey)
    await client.ask(CREATE_USER, { input: { id: 'u1', username: 'ada' } })
    await client.ask(CREATE_GROUP, { input: { id: 'g1', name: 'ops' } })
  })
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL')
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  const environment = () => ({ ROLLCALL_KEY: server.operatorKey })

  /** A follower that is live. */
  async function follower(...args: string[]) {
    const child = start(['follow', '--url', server.url, ...args], environment())
    children.push(child)
    const ended = once(child, 'close')
    const printed = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
    const notes: string[] = []
    const isLive = Promise.withResolvers<void>()
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
      notes.push(line)
      if (line.startsWith('Up to date')) isLive.resolve()
    })
    await isLive.promise
    return {
      child,
      notes,
      next: async () => (await printed.next()).value as string,
      async end(signal: NodeJS.Signals) {
        child.kill(signal)
        return (await ended)[0] as number | null
      },
    }
  }

  test('prints what happens in words, with the names that users and groups have', async () => {
    const { next, end, notes } = await follower()
    await client.ask(SET_MEMBERSHIP, { groupId: 'g1', userId: 'u1', role: 'MAINTAINER' })
    const columns = async () => (await next()).split(/ {2,}/)
    expect(await columns()).toEqual([
      expect.stringMatching(/Z$/),
      'operator',
      'group ops',
      'ada MAINTAINER',
      expect.any(String),
    ])
    await client.ask(RENAME, { id: 'u1', name: 'countess' })
    expect((await columns()).slice(1, 4)).toEqual(['operator', 'user countess', 'username "countess"'])
    expect(await end('SIGINT')).toBe(EXIT.ok)
    expect(notes.at(-1)).toMatch(/^To go on from here: --after c1\./)
  })

  test('--json prints every message with its cursor, from which --after goes on', async () => {
    const first = await follower('--json')
    const caughtUp = JSON.parse(await first.next())
    expect(caughtUp).toEqual({ kind: 'CAUGHT_UP', cursor: expect.any(String) })
    expect(await first.end('SIGTERM')).toBe(EXIT.ok)
    await client.ask(CREATE_GROUP, { input: { id: 'g2', name: 'dev' } })
    const filter = ['--group', 'DEV', '--event', 'SetGroupName']
    const later = await follower('--json', '--after', caughtUp.cursor, ...filter)
    expect(JSON.parse(await later.next())).toEqual({
      kind: 'CHANGE',
      cursor: expect.any(String),
      at: expect.any(String),
      stream: 'default/group/g2',
      seq: 1,
      actor: { kind: 'operator', id: null, label: null },
      cause: expect.any(String),
      event: { type: 'SetGroupName', groupId: 'g2', name: 'dev' },
    })
    expect(JSON.parse(await later.next()).kind).toBe('CAUGHT_UP')
    await later.end('SIGTERM')
  })

  test('--snapshot begins with what is there', async () => {
    const { next, end } = await follower('--snapshot', '--json', '--event', 'SetUsername')
    expect(JSON.parse(await next()).event).toEqual({
      type: 'SetUsername',
      userId: 'u1',
      username: 'countess',
    })
    await end('SIGTERM')
  })

  test('--into keeps an exact copy, though it is killed again and again while others write', {
    timeout: 60_000,
  }, async () => {
    const file = join(folder, 'copy.sqlite')
    let writes = 0
    let stopped = false
    const writers = [0, 1, 2].map(async (writer) => {
      for (let n = 0; !stopped; n++, writes++) {
        const id = `w${writer}-${n}`
        await client.ask(CREATE_USER, { input: { id, username: id } })
        await client.ask(SET_MEMBERSHIP, { groupId: 'g1', userId: id })
        if (n % 3 === 0) await client.ask('mutation ($id: ID!) { deleteUser(id: $id) { id } }', { id })
      }
    })
    for (let round = 0; round < 4; round++) {
      const { end } = await follower('--into', file)
      const enough = writes + 20
      await expect.poll(() => writes, { timeout: 20_000 }).toBeGreaterThan(enough)
      await end('SIGKILL')
    }
    stopped = true
    await Promise.all(writers)

    const last = await follower('--into', file)
    expect(await last.end('SIGTERM')).toBe(EXIT.ok)
    expect(last.notes.at(-1)).toContain('copy.sqlite is kept up to here')
    const copy = sqliteReplica(file)
    expect(stateOf(copy)).toEqual(await directoryOf(client))
    copy.close()
  })

  test('tells what is wrong with its usage, and does not try again', async () => {
    const run = (...args: string[]) => rollcall(['follow', '--url', server.url, ...args], environment())
    const wrong = async (...args: string[]) => {
      const { code, stderr } = await run(...args)
      expect(code).toBe(EXIT.usage)
      return stderr
    }
    expect(await wrong('--key', 'nobody-has-this-0123')).toContain('UNAUTHENTICATED')
    expect(await wrong('--after', 'nonsense')).toContain('BAD_CURSOR')
    expect(await wrong('--tenant', 'nope')).toMatch(/^NOT_FOUND: .*"nope"/m)
    expect(await wrong('--user', 'nobody')).toContain('--user: there is no user "nobody"')
    expect(await wrong('--into', join(folder, 'x'), '--snapshot')).toContain('cannot be used with')
    expect(await wrong('--into', folder)).toContain('--into: ')
    expect(await wrong('--url', 'nowhere')).toContain('--url: must be an address')
    const keyless = await rollcall(['follow'], { ROLLCALL_KEY: '', ROLLCALL_OPERATOR_KEY: '' })
    expect([keyless.code, keyless.stderr]).toEqual([EXIT.usage, expect.stringContaining('Set ROLLCALL_KEY')])
  })
})
