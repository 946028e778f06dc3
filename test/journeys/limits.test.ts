import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Client, CREATE_GROUP, CREATE_USER } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

describe('limits', () => {
  let server: TestServer
  let client: Client

  beforeAll(async () => {
    server = await startServer({ environment: { ROLLCALL_MAX_COST: '5000', ROLLCALL_INTROSPECTION: 'off' } })
    client = new Client(server.url, server.operatorKey)
  })
  afterAll(() => server.close())

  const nested = (depth: number) =>
    `{ groups { nodes { ${'parent { '.repeat(depth)} id ${'}'.repeat(depth)} } } }`

  test('depth', async () => {
    expect(await client.refused(nested(40))).toMatchObject({ code: 'QUERY_TOO_COMPLEX', limit: 'depth' })
    await client.ask(nested(5))
  })

  test('cost, with page sizes from literals, variables and defaults', async () => {
    const wide = (first: string) =>
      `query ${first === '$n' ? '($n: Int)' : ''} { users(first: ${first}) { nodes { memberships(first: ${first}) { nodes { role } } } } }`
    expect(await client.refused(wide('1000'))).toMatchObject({ code: 'QUERY_TOO_COMPLEX', limit: 'cost' })
    expect(await client.refused(wide('$n'), { n: 1000 })).toMatchObject({
      code: 'QUERY_TOO_COMPLEX',
      limit: 'cost',
    })
    await client.ask(wide('$n'), { n: 10 })
  })

  test('fragments that spread one another many times are measured, not followed', async () => {
    const levels = 40
    const fragments = Array.from(
      { length: levels },
      (_, i) => `fragment F${i} on Group { a: parent { ...F${i + 1} } b: parent { ...F${i + 1} } }`,
    ).join(' ')
    const query = `{ groups { nodes { ...F0 } } } ${fragments} fragment F${levels} on Group { id }`
    expect(await client.refused(query)).toMatchObject({ code: 'QUERY_TOO_COMPLEX' })
  })

  test('aliases, tokens, body, batches, introspection', async () => {
    const aliases = `{ ${Array.from({ length: 200 }, (_, i) => `a${i}: head`).join(' ')} }`
    expect(await client.refused(aliases)).toMatchObject({ code: 'QUERY_TOO_COMPLEX', limit: 'aliases' })
    expect(await client.refused(`{ ${'head '.repeat(10_000)} }`)).toMatchObject({
      code: 'QUERY_TOO_COMPLEX',
      limit: 'tokens',
      allowed: 4_000,
    })
    expect(await client.refused('{ __schema { __typename } }')).toMatchObject({ code: 'BAD_USER_INPUT' })
    const post = (body: string) =>
      fetch(client.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${server.operatorKey}` },
        body,
      })
    expect((await post(JSON.stringify({ query: ' '.repeat(400_000) }))).status).toBe(413)
    const batch = await post(JSON.stringify([{ query: '{ head }' }, { query: '{ head }' }]))
    expect(batch.status).toBe(400)
    expect(await batch.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
  })

  test('what is too much to read or to validate', async () => {
    const deep = `${'['.repeat(1_900)}${']'.repeat(1_900)}`
    const nested = `mutation { createUser(input: { username: "x", attributes: { a: ${deep} } }) { token } }`
    expect(await client.refused(nested)).toMatchObject({ code: 'QUERY_TOO_COMPLEX', limit: 'nesting' })
    expect(await client.refused(`{ ${'__typename '.repeat(1_500)} }`)).toMatchObject({
      code: 'QUERY_TOO_COMPLEX',
      limit: 'repetition',
    })
  })

  test('where the schema cannot be asked for, no error tells what is in it', async () => {
    const input = { username: 'x', emial: 'x@example.org' }
    const { message } = await client.refused(
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { token } }',
      { input },
    )
    expect(message).toMatch(/"emial" is not defined by type "CreateUserInput"\.?$/)
    expect(await client.refused('{ userz { id } }')).toMatchObject({
      message: 'Cannot query field "userz" on type "Query".',
    })
  })

  test('pages of at most 1,000', async () => {
    for (const first of [-1, 1001]) {
      expect(
        await client.refused('query ($n: Int) { users(first: $n) { nodes { id } } }', { n: first }),
      ).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'first',
      })
    }
  })

  test('what is wrong with a variable is said without a stack', async () => {
    const { errors } = await client.send(
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { token } }',
      {
        input: { username: 7 },
      },
    )
    expect(errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' })
  })
})

describe('an answer', () => {
  let server: TestServer
  let client: Client
  const GROUPS = 7

  beforeAll(async () => {
    server = await startServer()
    client = new Client(server.url, server.operatorKey)
    await client.ask(CREATE_USER, {
      input: { id: 'u', username: 'ada', attributes: { text: 'x'.repeat(16_000) } },
    })
    for (let i = 0; i < GROUPS; i++) await client.ask(CREATE_GROUP, { input: { id: `g${i}`, name: `g${i}` } })
    const input = Array.from({ length: GROUPS }, (_, i) => ({ userId: 'u', groupId: `g${i}` }))
    await client.ask('mutation ($input: [MembershipInput!]!) { setMemberships(input: $input) { token } }', {
      input,
    })
  })
  afterAll(() => server.close())

  const aliased = (count: number) => Array.from({ length: count }, (_, i) => `a${i}: attributes`).join(' ')
  const again = (below: string) => `memberships(first: ${GROUPS}) { nodes { user { ${below} } } }`
  const many = again(again(aliased(60)))

  test('that would be too long is refused, over HTTP and WebSocket, and a write says that it was made', async () => {
    const limit = { code: 'QUERY_TOO_COMPLEX', limit: 'answer', allowed: 32_000_000 }
    expect(await client.refused(`{ user(id: "u") { ${many} } }`)).toMatchObject(limit)
    const websocket = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      connectionParams: { authorization: `Bearer ${server.operatorKey}` },
      retryAttempts: 0,
    })
    const { value } = await websocket.iterate({ query: `{ user(id: "u") { ${many} } }` }).next()
    expect(value?.errors?.[0]?.extensions).toMatchObject(limit)
    await websocket.dispose()
    const rename = `mutation { updateUser(id: "u", patch: { name: "Ada" }) { user { ${many} } } }`
    expect(await client.refused(rename)).toMatchObject({ ...limit, mayBeCommitted: true })
    expect(await client.ask('{ user(id: "u") { name } }')).toEqual({ user: { name: 'Ada' } })
  })

  test('of long values costs more than one of short ones, under each alias', async () => {
    const page = (fields: string) => `{ users(first: 1000) { nodes { ${fields} } } }`
    await client.ask(page('id username attributes'))
    expect(await client.refused(page(aliased(25)))).toMatchObject({ limit: 'cost', value: 101_001 })
  })
})
