import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client, CREATE_USER } from '../support/client.ts'
import { onEveryEngine } from '../support/engines.ts'
import type { AnyServer } from '../support/server.ts'

onEveryEngine('Idempotency-Key', (startServer) => {
  let server: AnyServer
  let client: Client

  beforeAll(async () => {
    server = await startServer()
    client = new Client(server.url, server.operatorKey)
  })
  afterAll(() => server.close())

  const key = (value: string) => ({ 'idempotency-key': value })

  test('the same key and command: the first result, once', async () => {
    const first = await client.ask(CREATE_USER, { input: { username: 'once' } }, key('k1'))
    const again = await client.ask(CREATE_USER, { input: { username: 'once' } }, key('k1'))
    expect(again.createUser.user.id).toBe(first.createUser.user.id)
  })

  test('sent 20 times at once, it takes effect once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => client.ask(CREATE_USER, { input: { username: 'herd' } }, key('k2'))),
    )
    expect(new Set(answers.map(({ createUser }) => createUser.user.id)).size).toBe(1)
  })

  test('the same key and another command: IDEMPOTENCY_MISMATCH, and nothing happens', async () => {
    await client.ask(CREATE_USER, { input: { username: 'first' } }, key('k3'))
    expect(await client.refused(CREATE_USER, { input: { username: 'second' } }, key('k3'))).toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    })
    expect((await client.ask('{ userByUsername(username: "second") { id } }')).userByUsername).toBeNull()
  })

  test('a command that failed has used nothing up', async () => {
    expect(await client.refused(CREATE_USER, { input: { username: 'first' } }, key('k4'))).toMatchObject({
      code: 'USERNAME_TAKEN',
    })
    await client.ask('mutation { deleteUser(id: "none") { id } }').catch(() => {})
    const { userByUsername } = await client.ask('{ userByUsername(username: "first") { id } }')
    await client.ask('mutation ($id: ID!) { deleteUser(id: $id) { id } }', { id: userByUsername.id })
    await client.ask(CREATE_USER, { input: { username: 'first' } }, key('k4'))
  })

  test('several commands of one request each take effect once', async () => {
    const both = `mutation { a: createUser(input: { username: "both-a" }) { user { id } } b: createUser(input: { username: "both-b" }) { user { id } } }`
    const first = await client.ask(both, {}, key('k5'))
    expect(await client.ask(both, {}, key('k5'))).toEqual(first)
    expect(first.a.user.id).not.toBe(first.b.user.id)
  })

  test('a retry of createApiKey and createTenant does not show the secret again', async () => {
    const { createUser } = await client.ask(CREATE_USER, { input: { username: 'keyed' } })
    const make = `mutation ($userId: ID!) { createApiKey(input: { userId: $userId, label: "x", scopes: [ADMIN] }) { apiKey { id } secret } }`
    const first = await client.ask(make, { userId: createUser.user.id }, key('k6'))
    const again = await client.ask(make, { userId: createUser.user.id }, key('k6'))
    expect(again.createApiKey).toEqual({ apiKey: first.createApiKey.apiKey, secret: null })
    const tenant = 'mutation { createTenant(id: "idem", name: "Idem") { tenant { id } secret } }'
    expect((await client.ask(tenant, {}, key('k7'))).createTenant.secret).not.toBe('')
    expect((await client.ask(tenant, {}, key('k7'))).createTenant).toEqual({
      tenant: { id: 'idem' },
      secret: '',
    })
  })
})
