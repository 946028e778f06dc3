import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Client,
  CreateApiKeyDocument,
  CreateGroupDocument,
  CreateUserDocument,
  createClient,
  GroupWithMembersDocument,
  RollcallError,
  SetMembershipDocument,
  UserByUsernameDocument,
  UserDocument,
  UsersDocument,
} from '../../src/client/index.ts'
import { freePort } from '../../stack/processes/freePort.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TcpProxy } from '../support/TcpProxy.ts'

let server: TestServer
let proxy: TcpProxy
let client: Client

beforeAll(async () => {
  server = await startServer({ environment: { ROLLCALL_VIEW_DEADLINE_MS: '500' } })
  proxy = await TcpProxy.start(server.url)
})
beforeEach(() => {
  client = createClient({ url: proxy.url, key: server.operatorKey })
})
afterAll(async () => {
  await proxy.close()
  await server.close()
})

const create = (username: string) => client.request(CreateUserDocument, { input: { username } })
const failure = (promise: Promise<unknown>): Promise<RollcallError> =>
  promise.then(
    () => expect.unreachable(),
    (error) => error,
  )

describe('a session', () => {
  test('reads its own writes, by any path, while the views are not brought along by anybody else', async () => {
    const { controls } = server.directory.feed
    await controls.pause()
    try {
      const { createUser } = await create('ada')
      const { createGroup } = await client.request(CreateGroupDocument, { input: { name: 'engines' } })
      const [userId, groupId] = [createUser.user.id, createGroup.group.id]
      await client.request(SetMembershipDocument, { userId, groupId, role: 'MAINTAINER' })
      const { group } = await client.request(GroupWithMembersDocument, { id: groupId })
      expect(group?.members.nodes.map(({ user, role }) => [user?.username, role])).toEqual([
        ['ada', 'MAINTAINER'],
      ])
      expect((await client.request(UsersDocument, { search: 'ada' })).users.nodes).toHaveLength(1)
    } finally {
      await controls.resume()
    }
  })

  test('that has its views held waits for its own write, and others do not', async () => {
    await create('grace')
    const other = createClient({ url: server.url, key: server.operatorKey })
    const { controls } = server.directory.feed
    await controls.hold()
    const sent = proxy.requests
    const write = create('held')
    // Durable, and not yet visible: the write is sent again under its key, until the views have it.
    await expect.poll(() => proxy.requests - sent).toBeGreaterThan(1)
    expect((await other.request(UserByUsernameDocument, { username: 'held' })).userByUsername).toBeNull()
    await controls.release()
    const { createUser } = await write
    expect((await client.request(UserByUsernameDocument, { username: 'held' })).userByUsername?.id).toBe(
      createUser.user.id,
    )
  })

  test('keeps every token that came beside others, and then as few as will do', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `beside-${i}`)
    const ids = (await Promise.all(names.map(create))).map(({ createUser }) => createUser.user.id)
    expect(client.tokens.length).toBeLessThanOrEqual(64)
    const found = await Promise.all(ids.map((id) => client.request(UserDocument, { id })))
    expect(found.map(({ user }) => user?.username)).toEqual(names)
    await client.request(UserDocument, { id: ids[0] as string })
    expect(client.tokens).toHaveLength(1)
    expect(client.tokens[0]?.length).toBeLessThan(200)
  })

  test('two tokens that came beside each other are both demanded', async () => {
    const [one, two] = await Promise.all(
      ['one', 'two'].map((name) =>
        createClient({ url: server.url, key: server.operatorKey }).request(CreateUserDocument, {
          input: { username: `tokens-${name}` },
        }),
      ),
    )
    const { controls } = server.directory.feed
    await controls.pause()
    const third = createClient({
      url: server.url,
      key: server.operatorKey,
      tokens: [one?.createUser.token ?? ''],
    })
    third.see(two?.createUser.token ?? '')
    expect(third.tokens).toHaveLength(2)
    const { users } = await third.request(UsersDocument, { search: 'tokens-' })
    expect(users.nodes).toHaveLength(2)
    expect(third.tokens).toHaveLength(1)
    await controls.resume()
  })
})

describe('a mutation', () => {
  test('takes effect once, though its answer was lost after the commit, twice', async () => {
    const before = await server.directory.log.position()
    proxy.cut()
    proxy.cutAfter(1, 1)
    const { connections } = proxy
    const { createUser } = await create('cut-off')
    expect(proxy.connections - connections).toBe(3)
    expect(createUser.user.username).toBe('cut-off')
    const events = await server.directory.log.scanTenant('default', before, 100)
    expect(events.filter(({ event }) => event.type === 'SetUsername')).toHaveLength(1)
  })

  test('that is repeated by another process under the same key has the first result', async () => {
    const variables = { input: { username: 'keyed' } }
    const first = await client.request(CreateUserDocument, variables, { idempotencyKey: 'job-1' })
    const again = await createClient({ url: server.url, key: server.operatorKey }).request(
      CreateUserDocument,
      variables,
      { idempotencyKey: 'job-1' },
    )
    expect(again.createUser.user).toEqual(first.createUser.user)
    const clash = client.request(
      CreateUserDocument,
      { input: { username: 'x' } },
      { idempotencyKey: 'job-1' },
    )
    expect((await failure(clash)).code).toBe('IDEMPOTENCY_MISMATCH')
  })
})

describe('an error', () => {
  test('tells its code, field, value, what was wanted, and the request', async () => {
    const error = await failure(create(' '))
    expect(error).toBeInstanceOf(RollcallError)
    expect(error).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'username',
      value: expect.any(String),
      wanted: expect.any(String),
      requestId: expect.any(String),
    })
    await create('taken')
    expect((await failure(create('TAKEN'))).code).toBe('USERNAME_TAKEN')
  })

  test('of a key is told at once, with its code', async () => {
    const stranger = createClient({ url: server.url, key: 'no-such-key-0123456789' })
    expect((await failure(stranger.request(UserDocument, { id: 'x' }))).code).toBe('UNAUTHENTICATED')
  })

  test('of the network is told after some attempts, where there is no server', async () => {
    const port = await freePort()
    let attempts = 0
    const counting: typeof fetch = (...args) => {
      attempts += 1
      return fetch(...args)
    }
    const client = createClient({ url: `http://127.0.0.1:${port}`, key: 'k', fetch: counting })
    const error = await failure(client.request(UserDocument, { id: 'x' }))
    expect([error.code, attempts]).toEqual(['NETWORK', 6])
    expect(error.message).toContain('ECONNREFUSED')
  })

  test('of somebody else at the address is told at once', async () => {
    const elsewhere = createServer((_, response) => response.writeHead(404).end('<html>')).listen(0)
    await once(elsewhere, 'listening')
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
    const error = await failure(createClient({ url, key: 'k' }).request(UserDocument, { id: 'x' }))
    expect(error).toMatchObject({ code: 'NETWORK', details: { status: 404 } })
    elsewhere.close()
  })

  test('of a wrong path is not taken for what is not there', async () => {
    const astray = createClient({ url: `${server.url}/graphq`, key: server.operatorKey })
    const { code, message, details } = await failure(astray.request(UserDocument, { id: 'x' }))
    expect([code, details]).toEqual(['NETWORK', { status: 404 }])
    expect(message).toBe(`There is no GraphQL at ${server.url}/graphq: HTTP 404`)
  })

  test('of a client without a key is told where it is made', () => {
    const url = server.url
    expect(() => createClient({ url, key: undefined as unknown as string })).toThrow('key: must be a string')
  })

  test('of a restored log is told once; then the session is a new one', async () => {
    const { log } = server.directory
    const { tokenCodec, vectorAt } = await import('../../src/domain/token.ts')
    const old = tokenCodec(log.secret, 'an-earlier-epoch').encode('default', vectorAt(1))
    const session = createClient({ url: server.url, key: server.operatorKey, tokens: [old] })
    expect((await failure(session.request(UserDocument, { id: 'x' }))).code).toBe('BAD_TOKEN')
    expect(await session.request(UserDocument, { id: 'x' })).toEqual({ user: null })
  })
})

test('a request ends when its signal says so', async () => {
  const stop = new AbortController()
  proxy.down()
  const asked = client.request(UserDocument, { id: 'x' }, { signal: stop.signal })
  stop.abort(new Error('enough'))
  await expect(asked).rejects.toThrow('enough')
  proxy.up()
})

test('a key that a function gives may change; a tenant is the operator’s to name', async () => {
  const { createUser } = await create('holder')
  const { createApiKey } = await client.request(CreateApiKeyDocument, {
    input: { userId: createUser.user.id, label: 'reader', scopes: ['DIRECTORY_READ'] },
  })
  const keys = [server.operatorKey, createApiKey.secret ?? '']
  const changing = createClient({ url: `${server.url}/graphql`, key: async () => keys.shift() ?? '' })
  await changing.request(UserDocument, { id: 'x' })
  const error = await failure(changing.request(CreateUserDocument, { input: { username: 'y' } }))
  expect(error.code).toBe('FORBIDDEN')
  const elsewhere = createClient({ url: server.url, key: server.operatorKey, tenant: 'nowhere' })
  expect((await failure(elsewhere.request(UserDocument, { id: 'x' }))).code).toBe('NOT_FOUND')
})
