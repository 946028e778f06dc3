import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openServedViews } from '../../src/cli/run/servedViews.ts'
import { tokenCodec, type Vector, vectorOf } from '../../src/domain/token.ts'
import { levelViews } from '../../src/feed/shared/levelViews.ts'
import { SharedFeed } from '../../src/feed/shared/SharedFeed.ts'
import { VIEW_VERSION } from '../../src/views/generations.ts'
import { commitUser, newUser } from '../feed/commits.ts'
import { Client, CREATE_USER } from '../support/client.ts'
import { hasSharedEngines, newLog } from '../support/engines.ts'
import { type AnyServer, startShared } from '../support/server.ts'

const SOON_MS = 15_000
const RENAME = 'mutation ($id: ID!, $name: String!) { updateUser(id: $id, patch: { name: $name }) { token } }'
const CREATE_KEY = `mutation ($userId: ID!) {
  createApiKey(input: { userId: $userId, label: "test", scopes: [DIRECTORY_READ] }) { apiKey { id } secret } }`
const REVOKE_KEY =
  'mutation ($userId: ID!, $keyId: ID!) { revokeApiKey(userId: $userId, keyId: $keyId) { token } }'
const NAMES = '{ users(filter: { usernamePrefix: "ann" }) { nodes { name } } }'

/**
 * A gateway of this release beside one of the next, whose views have another version: what they were the first to apply, this one's are
 * not brought, so that their position stands still as long as a test lasts.
 */
describe.skipIf(!hasSharedEngines)(
  'beside a gateway of another release that is quicker',
  { timeout: 60_000 },
  () => {
    let server: AnyServer
    let client: Client
    let other: SharedFeed
    let id: string
    let others = 0

    beforeAll(async () => {
      const environment = await newLog()
      server = await startShared(environment)
      client = new Client(server.url, server.operatorKey)
      const { log, kept } = server.directory
      const views = { url: environment.ROLLCALL_VIEWS ?? '', epoch: log.epoch }
      const generation = await openServedViews({ ...views, version: VIEW_VERSION + 1 }, 1)
      await levelViews({ log, kept, writer: generation.writer })
      other = new SharedFeed({ log, kept, generation })
      id = (await client.ask(CREATE_USER, { input: { username: 'ann', name: 'Ann' } })).createUser.user.id
      await server.directory.feed.controls.pause()
    })
    afterAll(async () => {
      await other.close()
      await server.close()
    })
    beforeEach(async () => {
      const userId = `other${++others}`
      const { stream, seq } = await commitUser(
        server.directory.log,
        'default',
        userId,
        newUser(userId, userId),
      )
      expect(await other.reach(vectorOf([stream, seq]), SOON_MS)).toBe(true)
    })

    const rename = async (name: string): Promise<string> =>
      (await client.ask(RENAME, { id, name })).updateUser.token
    const get = (headers: Record<string, string>) =>
      fetch(`${client.url}?query=${encodeURIComponent(NAMES)}`, {
        headers: { authorization: `Bearer ${server.operatorKey}`, ...headers },
      })
    const vectorIn = (token: string): Vector => {
      const { log, kept } = server.directory
      const decoded = tokenCodec(log.secret, log.epoch, kept.epoch).decode('default', token)
      if (!decoded.ok) throw new Error(decoded.error.message)
      return decoded.value
    }

    test('a GET with the token of a write is answered with it, not with 304; and then 304 until something changes', async () => {
      const cached = await get({})
      const token = await rename('Ann of the GET')
      const headers = { 'rollcall-at-least': token }
      const fresh = await get({ ...headers, 'if-none-match': cached.headers.get('etag') ?? '' })
      expect(fresh.status).toBe(200)
      expect(await fresh.text()).toContain('Ann of the GET')
      const again = await get({ ...headers, 'if-none-match': fresh.headers.get('etag') ?? '' })
      expect(again.status).toBe(304)
      expect(await other.reach(vectorIn(again.headers.get('rollcall-token') ?? ''), SOON_MS)).toBe(true)
      expect((await other.views.users('default', [id]))[0]?.name).toBe('Ann of the GET')
    })

    test('a key is refused from the request after it was revoked', async () => {
      const { apiKey, secret } = (await client.ask(CREATE_KEY, { userId: id })).createApiKey
      const holder = new Client(server.url, secret)
      await holder.ask(NAMES)
      await client.ask(REVOKE_KEY, { userId: id, keyId: apiKey.id })
      expect((await holder.send(NAMES)).status).toBe(401)
    })

    test('the token of an answer covers what it showed, on the other one as well', async () => {
      await other.controls.pause()
      const token = await rename('Ann of the token')
      const answer = await client.send(NAMES, {}, { 'rollcall-at-least': token })
      expect(answer.data.users.nodes).toEqual([{ name: 'Ann of the token' }])
      const shown = vectorIn(answer.extensions.token ?? '')
      expect(await other.reach(shown, 0)).toBe(false)
      await other.controls.resume()
      expect(await other.reach(shown, SOON_MS)).toBe(true)
      expect((await other.views.users('default', [id]))[0]?.name).toBe('Ann of the token')
    })

    test('a history that is read with the token of a write has it', async () => {
      const token = await rename('Ann of the history')
      const history = `query ($id: ID!) { user(id: $id) { history(first: 100) { nodes { event { ... on SetUserName { name } } } } } }`
      const { user } = await client.ask(history, { id }, { 'rollcall-at-least': token })
      expect(user.history.nodes.at(-1).event).toEqual({ name: 'Ann of the history' })
    })

    test('whoever reads on with the token of an answer waits for what the other one has, and gets it', async () => {
      const { token } = (await client.send(NAMES)).extensions
      await server.directory.feed.controls.resume()
      const all = '{ users(filter: { usernamePrefix: "other" }) { nodes { username } } }'
      const answer = await client.send(all, {}, { 'rollcall-at-least': token ?? '' })
      expect(answer.data.users.nodes).toHaveLength(others)
    })
  },
)
