import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client, CREATE_USER } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { RawClient } from './support/wsClient.ts'

const CREATE_KEY =
  'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } secret } }'
const REVOKE_KEY =
  'mutation ($userId: ID!, $keyId: ID!) { revokeApiKey(userId: $userId, keyId: $keyId) { token } }'
const SUBSCRIBE = 'subscription { changes { kind change { event { ... on SetUsername { username } } } } }'

describe('the transports over the engine, log and views that they are made for', () => {
  let server: TestServer
  let operator: Client
  beforeAll(async () => {
    server = await startServer()
    operator = new Client(server.url, server.operatorKey)
  })
  afterAll(() => server.close())

  const createUser = async (username: string): Promise<{ id: string }> =>
    (await operator.ask(CREATE_USER, { input: { username } })).createUser.user

  it('pass every audit of GraphQL over HTTP', async () => {
    const authorization = `Bearer ${server.operatorKey}`
    const audits = serverAudits({
      url: `${server.url}/graphql`,
      fetchFn: (input: string, init: RequestInit = {}) =>
        fetch(input, { ...init, headers: { authorization, ...(init.headers as Record<string, string>) } }),
    })
    const results = await Promise.all(audits.map(({ fn }) => fn()))
    expect(results.filter(({ status }) => status !== 'ok').map(({ name }) => name)).toEqual([])
  })

  it('answer 304 until something is written', async () => {
    const { id } = await createUser('cached')
    const get = (etag?: string) =>
      fetch(`${server.url}/graphql?query=${encodeURIComponent(`{ user(id: "${id}") { username } }`)}`, {
        headers: { authorization: `Bearer ${server.operatorKey}`, ...(etag && { 'if-none-match': etag }) },
      })
    const etag = (await get()).headers.get('etag') ?? ''
    expect((await get(etag)).status).toBe(304)
    await createUser('another')
    expect((await get(etag)).status).toBe(200)
  })

  it('end a follower whose key is revoked before it is told of anything later', async () => {
    const { id: userId } = await createUser('follower')
    const { createApiKey } = await operator.ask(CREATE_KEY, {
      input: { userId, label: 'follow', scopes: ['DIRECTORY_READ'] },
    })
    const raw = await new RawClient(server).open({ authorization: `Bearer ${createApiKey.secret}` })
    raw.subscribe('1', SUBSCRIBE)
    expect(await raw.next()).toMatchObject({ payload: { data: { changes: { kind: 'CAUGHT_UP' } } } })
    await createUser('seen')
    expect(JSON.stringify(await raw.next())).toContain('seen')
    await operator.ask(REVOKE_KEY, { userId, keyId: createApiKey.apiKey.id })
    await createUser('unseen')
    const told: unknown[] = []
    for (let message = await raw.next(); message.type === 'next'; message = await raw.next())
      told.push(message)
    expect(JSON.stringify(told)).not.toContain('unseen')
    expect(await raw.closed).toMatchObject({ code: 4401 })
  })

  it('are ready, and leave the log as it was by saying so', async () => {
    const before = await server.directory.log.position()
    const response = await fetch(`${server.url}/readyz`)
    expect(await response.json()).toMatchObject({ ready: true, checks: { logWrites: { ok: true } } })
    expect(await server.directory.log.position()).toBe(before)
  })
})
