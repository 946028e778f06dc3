import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client, CREATE_GROUP, CREATE_USER, SET_MEMBERSHIP, USER } from '../support/client.ts'
import { onEveryEngine } from '../support/engines.ts'
import type { AnyServer } from '../support/server.ts'

const CREATE_TENANT =
  'mutation ($id: ID!) { createTenant(id: $id, name: "A tenant") { tenant { id name } secret token } }'
const CREATE_KEY = `mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { apiKey { id label scopes lastFour expiresAt revokedAt } secret token }
}`
const REVOKE_KEY =
  'mutation ($userId: ID!, $keyId: ID!) { revokeApiKey(userId: $userId, keyId: $keyId) { apiKey { revokedAt } secret } }'
const VIEWER = '{ viewer { tenant { id name } scopes user { username } keyId } }'

onEveryEngine('who may do what', (startServer) => {
  let server: AnyServer
  let operator: Client

  beforeAll(async () => {
    server = await startServer()
    operator = new Client(server.url, server.operatorKey)
  })
  afterAll(() => server.close())

  const userIn = async (client: Client, username: string) =>
    (await client.ask(CREATE_USER, { input: { username, email: `${username}@example.org` } })).createUser

  const keyFor = async (client: Client, userId: string, scopes: string[], more = {}) => {
    const { createApiKey } = await client.ask(CREATE_KEY, {
      input: { userId, label: 'test', scopes, ...more },
    })
    return {
      client: new Client(server.url, createApiKey.secret),
      id: createApiKey.apiKey.id,
      secret: createApiKey.secret,
    }
  }

  test('the operator makes a tenant; its key is bound to it', async () => {
    const { createTenant } = await operator.ask(CREATE_TENANT, { id: 'acme' })
    const admin = new Client(server.url, createTenant.secret)
    expect((await admin.ask(VIEWER)).viewer).toMatchObject({
      tenant: { id: 'acme' },
      scopes: ['ADMIN'],
      user: null,
    })
    expect(await admin.refused(CREATE_TENANT, { id: 'other' })).toMatchObject({ code: 'FORBIDDEN' })
    expect(await operator.refused(CREATE_TENANT, { id: 'acme' })).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'id',
    })
    expect(await new Client(server.url, createTenant.secret, 'default').refused(VIEWER)).toMatchObject({
      code: 'FORBIDDEN',
    })
    expect(await new Client(server.url, server.operatorKey, 'nowhere').refused(VIEWER)).toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  test('scopes: a reader cannot write, a writer cannot make keys, an admin can', async () => {
    const { user } = await userIn(operator, 'scoped')
    const reader = await keyFor(operator, user.id, ['DIRECTORY_READ'])
    const writer = await keyFor(operator, user.id, ['DIRECTORY_WRITE'])
    const admin = await keyFor(operator, user.id, ['ADMIN'])
    const auditor = await keyFor(operator, user.id, ['AUDIT_READ'])
    expect((await reader.client.ask(USER, { id: user.id })).user.username).toBe('scoped')
    expect(await reader.client.refused(CREATE_USER, { input: { username: 'no' } })).toMatchObject({
      code: 'FORBIDDEN',
    })
    expect(await auditor.client.refused(USER, { id: user.id })).toMatchObject({ code: 'FORBIDDEN' })
    expect((await userIn(writer.client, 'made-by-writer')).user.username).toBe('made-by-writer')
    const input = { userId: user.id, label: 'x', scopes: ['ADMIN'] }
    expect(await writer.client.refused(CREATE_KEY, { input })).toMatchObject({ code: 'FORBIDDEN' })
    await admin.client.ask(CREATE_KEY, { input })
    expect((await reader.client.ask(VIEWER)).viewer).toMatchObject({
      user: { username: 'scoped' },
      keyId: reader.id,
    })
  })

  test('a reader sees who changed what; histories, and changes of API keys, need AUDIT_READ beside it', async () => {
    const { user } = await userIn(operator, 'audited')
    const reader = await keyFor(operator, user.id, ['DIRECTORY_READ'])
    const both = await keyFor(operator, user.id, ['DIRECTORY_READ', 'AUDIT_READ'])
    const auditor = await keyFor(operator, user.id, ['AUDIT_READ'])
    const changes =
      'query ($id: ID!) { changes(filter: { userIds: [$id], events: ["SetUsername", "SetApiKey"] }) { nodes { actor { kind } cause event { __typename } } } }'
    const told = async ({ client }: typeof reader) =>
      (await client.ask(changes, { id: user.id })).changes.nodes
    const named = {
      actor: { kind: 'operator' },
      cause: expect.any(String),
      event: { __typename: 'SetUsername' },
    }
    expect(await told(reader)).toEqual([named])
    const key = { ...named, event: { __typename: 'SetApiKey' } }
    expect(await told(both)).toEqual([named, key, key, key])
    const history = 'query ($id: ID!) { user(id: $id) { history { nodes { event { __typename } } } } }'
    expect((await both.client.ask(history, { id: user.id })).user.history.nodes).toContainEqual({
      event: key.event,
    })
    for (const { client } of [reader, auditor]) {
      expect(await client.refused(history, { id: user.id })).toMatchObject({ code: 'FORBIDDEN' })
    }
    expect(await auditor.client.refused(changes, { id: user.id })).toMatchObject({ code: 'FORBIDDEN' })

    const { __type } = await operator.ask('{ __type(name: "Scope") { enumValues { name description } } }')
    const described = (name: string) =>
      __type.enumValues.find((value: { name: string }) => value.name === name).description
    expect(described('DIRECTORY_READ')).toMatch(/who made it, when and why; not those of API keys/)
    expect(described('DIRECTORY_WRITE')).toMatch(/Includes DIRECTORY_READ/)
    expect(described('AUDIT_READ')).toMatch(/Alone it reads nothing/)
  })

  test('a revoked, an expired and a suspended user’s key are refused at once', async () => {
    const { user } = await userIn(operator, 'revoked')
    const key = await keyFor(operator, user.id, ['DIRECTORY_READ'])
    await key.client.ask(VIEWER)
    const { revokeApiKey } = await operator.ask(REVOKE_KEY, { userId: user.id, keyId: key.id })
    expect(revokeApiKey).toMatchObject({ apiKey: { revokedAt: expect.any(String) }, secret: null })
    expect(await key.client.refused(VIEWER)).toMatchObject({ code: 'UNAUTHENTICATED' })

    const end = Date.now() + 1_000
    const expiresAt = new Date(end).toISOString()
    const soon = await keyFor(operator, user.id, ['DIRECTORY_READ'], { expiresAt })
    const { status } = await soon.client.send(VIEWER)
    // On a busy machine it has expired by now.
    if (Date.now() < end) expect(status).toBe(200)
    await expect.poll(async () => (await soon.client.send(VIEWER)).status).toBe(401)

    const other = await keyFor(operator, user.id, ['DIRECTORY_READ'])
    await operator.ask(
      'mutation ($id: ID!) { updateUser(id: $id, patch: { status: SUSPENDED }) { token } }',
      { id: user.id },
    )
    expect(await other.client.refused(VIEWER)).toMatchObject({ code: 'UNAUTHENTICATED' })
    await operator.ask('mutation ($id: ID!) { updateUser(id: $id, patch: { status: ACTIVE }) { token } }', {
      id: user.id,
    })
    await other.client.ask(VIEWER)
  })

  test('the secret is shown once; what is stored is its hash', async () => {
    const { user } = await userIn(operator, 'secretive')
    const { secret } = await keyFor(operator, user.id, ['DIRECTORY_READ'])
    const { user: shown } = await operator.ask(
      'query ($id: ID!) { user(id: $id) { apiKeys { lastFour label } } }',
      { id: user.id },
    )
    expect(shown.apiKeys).toEqual([{ lastFour: secret.slice(-4), label: 'test' }])
    const { log } = server.directory
    const { streams } = await log.streams('default', null, 10_000)
    const stored = await log.readAll(streams)
    expect(JSON.stringify(stored)).toContain(user.id)
    expect(JSON.stringify(stored)).not.toContain(secret)
  })

  test('nothing of another tenant exists: by id, name, token, cursor, node, membership', async () => {
    const mine = new Client(
      server.url,
      (await operator.ask(CREATE_TENANT, { id: 'mine' })).createTenant.secret,
    )
    const theirs = new Client(
      server.url,
      (await operator.ask(CREATE_TENANT, { id: 'theirs' })).createTenant.secret,
    )
    const { user, token } = await userIn(mine, 'private')
    const { group } = (await mine.ask(CREATE_GROUP, { input: { name: 'private' } })).createGroup
    await userIn(mine, 'second')
    const page = await mine.ask('{ users(first: 1) { pageInfo { endCursor } } }')

    expect((await theirs.ask(USER, { id: user.id })).user).toBeNull()
    const seen = await theirs.ask(
      `query ($id: ID!) { node(id: $id) { id } userByEmail(email: "private@example.org") { id }
        userByUsername(username: "private") { id } groupByName(name: "private") { id } users(search: "private") { nodes { id } } }`,
      { id: user.id },
    )
    expect(seen).toEqual({
      node: null,
      userByEmail: null,
      userByUsername: null,
      groupByName: null,
      users: { nodes: [] },
    })
    expect(await theirs.refused(USER, { id: user.id, atLeast: token })).toMatchObject({ code: 'BAD_TOKEN' })
    expect(
      await theirs.refused('query ($after: Cursor) { users(first: 1, after: $after) { nodes { id } } }', {
        after: page.users.pageInfo.endCursor,
      }),
    ).toMatchObject({ code: 'BAD_CURSOR' })
    const { user: own } = await userIn(theirs, 'private')
    expect(await theirs.refused(SET_MEMBERSHIP, { groupId: group.id, userId: own.id })).toMatchObject({
      code: 'NOT_FOUND',
    })
    expect(
      await theirs.refused('mutation ($id: ID!) { deleteUser(id: $id) { id } }', { id: user.id }),
    ).toMatchObject({
      code: 'NOT_FOUND',
    })
    expect((await mine.ask(USER, { id: user.id })).user.status).toBe('ACTIVE')
  })

  test('no key, a wrong key and a malformed header are told apart from nothing else', async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: VIEWER }),
    })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toContain('Bearer')
    expect(await new Client(server.url, 'wrong-key').refused(VIEWER)).toMatchObject({
      code: 'UNAUTHENTICATED',
    })
  })
})
