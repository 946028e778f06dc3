import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { run } from '../cli/support.ts'
import { Client, CREATE_GROUP, CREATE_USER, SET_MEMBERSHIP, USER } from '../support/client.ts'
import { hasSharedEngines, newLog } from '../support/engines.ts'
import { Follower } from '../support/follower.ts'
import { type AnyServer, startServer, startShared } from '../support/server.ts'
import { contentsOf } from '../support/storedLog.ts'

let folder: string
let opened: AnyServer[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-moving-'))
  opened = []
})

afterEach(async () => {
  await Promise.all(opened.map((server) => server.close()))
  await rm(folder, { recursive: true, force: true })
})

const at = (name: string) => join(folder, name)

async function serving<S extends AnyServer>(starting: Promise<S>): Promise<S> {
  const server = await starting
  opened.push(server)
  return server
}

const copy = (from: string, to: string, ...more: string[]) => run('copy', '--from', from, '--to', to, ...more)

const FIRST_USERS = '{ users(first: 1) { nodes { id } pageInfo { endCursor } } }'
const MORE_USERS = 'query ($after: Cursor) { users(first: 1, after: $after) { nodes { id } } }'
const CREATE_API_KEY = `mutation ($userId: ID!) {
  createApiKey(input: { userId: $userId, label: "ci", scopes: [DIRECTORY_READ] }) { secret }
}`

test.skipIf(!hasSharedEngines)(
  'a directory moves to DynamoDB while it is written, and back: all that was acknowledged is there, and what clients hold of before is refused',
  { timeout: 300_000 },
  async () => {
    const environment = await newLog()
    const [from, to, back] = [at('from'), environment.ROLLCALL_LOG ?? '', at('back')]

    // A directory that is being written.
    const old = await serving(startServer({ data: from }))
    const client = new Client(old.url, old.operatorKey)
    const { user: ada, token } = (await client.ask(CREATE_USER, { input: { username: 'Ada' } })).createUser
    const { group } = (await client.ask(CREATE_GROUP, { input: { name: 'ops' } })).createGroup
    await client.ask(SET_MEMBERSHIP, { groupId: group.id, userId: ada.id })
    const { secret } = (await client.ask(CREATE_API_KEY, { userId: ada.id })).createApiKey
    const retried = { 'idempotency-key': 'once' }
    const first = await client.ask(CREATE_USER, { input: { username: 'grace' } }, retried)
    const list = (await client.ask(FIRST_USERS)).users.pageInfo.endCursor
    const { cursor } = await new Follower(old.url, old.operatorKey).next()
    const acknowledged: string[] = []
    let isWriting = true
    const writing = (async () => {
      for (let n = 0; isWriting; n++) {
        await client.ask(CREATE_USER, { input: { username: `u${n}`, email: `u${n}@example.org` } })
        acknowledged.push(`u${n}`)
      }
    })()

    // 1 and 2, while it is: nobody can serve it yet. 3 and 4, when it is no more.
    expect(await copy(from, to)).toMatchObject({ code: EXIT.ok })
    expect(await copy(from, to)).toMatchObject({ code: EXIT.ok })
    await expect(startShared(environment)).rejects.toThrow(/copy of a log that is not finished/)
    isWriting = false
    await writing
    await old.close()
    opened = []
    const finished = await copy(from, to, '--finish')
    expect(finished).toMatchObject({ code: EXIT.ok, printed: expect.stringContaining('are equal in both') })
    expect(acknowledged.length).toBeGreaterThan(0)

    // 5. It is as it was.
    const server = await serving(startShared(environment))
    const moved = new Client(server.url, server.operatorKey)
    const own = new Client(server.url, secret)
    const user = 'query ($username: String!) { userByUsername(username: $username) { id } }'
    for (const username of acknowledged)
      expect(await own.ask(user, { username })).not.toMatchObject({ userByUsername: null })
    expect(await moved.refused(CREATE_USER, { input: { username: 'ADA' } })).toMatchObject({
      code: 'USERNAME_TAKEN',
    })
    const again = await moved.ask(CREATE_USER, { input: { username: 'grace' } }, retried)
    expect(again.createUser.user.id).toBe(first.createUser.user.id)

    // What clients hold from before is refused, with what to do.
    expect(await moved.refused(USER, { id: ada.id, atLeast: token })).toMatchObject({
      code: 'BAD_TOKEN',
      why: 'epoch',
      message: expect.stringMatching(/restored from a backup or moved since.*read again for a new one/),
    })
    await expect(new Follower(server.url, server.operatorKey, cursor).next()).rejects.toThrow(
      /restored or moved since.*start from a fresh copy.*CURSOR_EXPIRED.*"why":"epoch"/,
    )
    expect(await moved.refused(MORE_USERS, { after: list })).toMatchObject({
      code: 'BAD_CURSOR',
      message: expect.stringMatching(/from before the log was restored or moved.*start the list again/),
    })
    const { user: late, token: fresh } = (await moved.ask(CREATE_USER, { input: { username: 'late' } }))
      .createUser
    expect((await moved.ask(USER, { id: late.id, atLeast: fresh })).user.username).toBe('late')
    await server.close()
    opened = []

    // And back.
    expect(await copy(to, back, '--finish')).toMatchObject({ code: EXIT.ok })
    expect(await contentsOf(back)).toEqual(await contentsOf(to))
    const home = await serving(startServer({ data: back }))
    const returned = new Client(home.url, home.operatorKey)
    expect((await returned.ask(USER, { id: late.id })).user.username).toBe('late')
    expect(await returned.refused(USER, { id: late.id, atLeast: fresh })).toMatchObject({
      code: 'BAD_TOKEN',
      why: 'epoch',
    })
    expect(await run('verify', '--data', back)).toMatchObject({ code: EXIT.ok })
  },
)

describe('rollcall copy', () => {
  test.each([
    [['copy', '--from', 'a'], /--to <place>/],
    [['copy', '--from', 'kinesis://a/b', '--to', 'b'], /^--from: must be a folder, or like dynamodb:/],
    [['copy', '--from', './a', '--to', 'a'], /same place/],
  ])('%j is wrong usage', async (args, told) => {
    expect(await run(...args)).toMatchObject({ code: EXIT.usage, noted: expect.stringMatching(told) })
  })

  test('tells of a source that is not there', async () => {
    expect(await copy(at('nothing'), at('to'))).toMatchObject({
      code: EXIT.unavailable,
      noted: expect.not.stringContaining('    at '),
    })
  })

  test('leaves a living directory as it is', async () => {
    await Promise.all(['from', 'to'].map(async (name) => (await startServer({ data: at(name) })).close()))
    const before = await contentsOf(at('to'))
    expect(await copy(at('from'), at('to'))).toMatchObject({
      code: EXIT.usage,
      noted: expect.stringContaining('holds a log, and nothing is ever overwritten'),
    })
    expect(await contentsOf(at('to'))).toEqual(before)
  })
})
