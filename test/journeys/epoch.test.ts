import { afterEach, describe, expect, test, vi } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { run } from '../cli/support.ts'
import { Client, CREATE_USER, USER } from '../support/client.ts'
import { copyItems } from '../support/copyItems.ts'
import { hasSharedEngines, newLog } from '../support/engines.ts'
import { Follower } from '../support/follower.ts'
import { type AnyServer, startShared } from '../support/server.ts'

const RENAME =
  'mutation ($id: ID!, $username: String!) { updateUser(id: $id, patch: { username: $username }) { token } }'

const opened: AnyServer[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(opened.splice(0).map((server) => server.close()))
})

async function serving(environment: Readonly<Record<string, string>>) {
  const server = await startShared(environment)
  opened.push(server)
  return { server, client: new Client(server.url, server.operatorKey) }
}

/** Settings of another table, with the items that the one of these has now: what point-in-time recovery makes. */
async function restored(live: Readonly<Record<string, string>>) {
  const other = await newLog()
  const [from = '', place = ''] = [live, other].map(({ ROLLCALL_LOG }) => ROLLCALL_LOG)
  await copyItems(from, place)
  return { ...other, place }
}

describe.skipIf(!hasSharedEngines)(
  'a table that was restored to a point in time',
  { timeout: 60_000 },
  () => {
    test('gets a new epoch: nothing that is held of the log before is taken for its own, and it is served whole', async () => {
      const live = await newLog()
      const { server, client } = await serving(live)
      const { createUser: ada } = await client.ask(CREATE_USER, { input: { id: 'ada', username: 'ada' } })
      const { place, ...settings } = await restored(live)
      const { createUser: late } = await client.ask(CREATE_USER, { input: { id: 'late', username: 'late' } })
      const follower = new Follower(server.url, server.operatorKey)
      const { cursor } = await follower.next()
      await follower.close()

      const { printed: before } = await run('epoch', 'show', place)
      expect(await run('epoch', 'renew', place, '--present', before)).toMatchObject({
        code: EXIT.ok,
        printed: expect.stringMatching(new RegExp(`is in the epoch .+ now, and was in ${before}`)),
      })
      const { printed: after } = await run('epoch', 'show', place)
      expect(after).not.toBe(before)

      const { server: anew, client: there } = await serving(settings)
      expect((await there.ask(USER, { id: 'ada' })).user.username).toBe('ada')
      expect((await there.ask(USER, { id: 'late' })).user).toBeNull()
      for (const { token } of [ada, late]) {
        expect(await there.refused(USER, { id: 'ada', atLeast: token })).toMatchObject({
          code: 'BAD_TOKEN',
          why: 'epoch',
        })
      }
      const behind = new Follower(anew.url, anew.operatorKey, cursor)
      await expect(behind.next()).rejects.toThrow(/CURSOR_EXPIRED.*epoch/)
      await behind.close()
      // Streams have the seqs of before once more, with other events.
      const { createUser: other } = await there.ask(CREATE_USER, { input: { id: 'late', username: 'other' } })
      const { user } = await there.ask(USER, { id: 'late', atLeast: other.token })
      expect(user.username).toBe('other')
      expect((await client.ask(USER, { id: 'late', atLeast: late.token })).user.username).toBe('late')
    })

    test('keeps what whoever has it open in the epoch before has written until then: it is shown in the new one', async () => {
      const live = await newLog()
      await serving(live)
      const { place, ...settings } = await restored(live)
      const { client } = await serving(settings)
      const { printed: before } = await run('epoch', 'show', place)
      await run('epoch', 'renew', place, '--present', before)
      const { client: anew } = await serving(settings)
      // Nobody has asked the first one for /readyz meanwhile: it does not know yet.
      const { createUser: old } = await client.ask(CREATE_USER, { input: { id: 'ada', username: 'ada' } })
      const { createUser: next } = await anew.ask(CREATE_USER, { input: { id: 'bob', username: 'bob' } })
      expect(await anew.refused(CREATE_USER, { input: { id: 'eve', username: 'ada' } })).toMatchObject({
        code: 'USERNAME_TAKEN',
      })
      const updated = await anew.ask(RENAME, { id: 'ada', username: 'augusta' })
      const { user } = await anew.ask(USER, { id: 'ada', atLeast: updated.updateUser.token })
      expect(user.username).toBe('augusta')
      for (const [teller, token] of [
        [anew, old.token],
        [client, next.token],
      ] as const) {
        expect(await teller.refused(USER, { id: 'ada', atLeast: token })).toMatchObject({ why: 'epoch' })
      }
    })

    test('is given no write any more by whoever has it open in the epoch before, once /readyz was asked', async () => {
      const live = await newLog()
      await serving(live)
      const { place, ...settings } = await restored(live)
      const { server, client } = await serving(settings)
      const readyz = async () => (await fetch(`${server.url}/readyz`)).status
      expect(await readyz()).toBe(200)
      const { printed: before } = await run('epoch', 'show', place)
      await run('epoch', 'renew', place, '--present', before)
      await expect.poll(readyz).toBe(503)
      expect(await client.refused(CREATE_USER, { input: { id: 'ada', username: 'ada' } })).toMatchObject({
        code: 'UNAVAILABLE',
      })
      const { client: anew } = await serving(settings)
      expect((await anew.ask(USER, { id: 'ada' })).user).toBeNull()
      expect(await readyz()).toBe(503)
    })
  },
)

describe.skipIf(!hasSharedEngines)('rollcall epoch renew leaves alone', { timeout: 60_000 }, () => {
  async function served() {
    const live = await newLog()
    await serving(live)
    const { place } = await restored(live)
    return { place, present: (await run('epoch', 'show', place)).printed }
  }

  test('a log that is in another epoch than was told, as after a first time', async () => {
    const { place, present } = await served()
    expect((await run('epoch', 'renew', place, '--present', present)).code).toBe(EXIT.ok)
    const { printed: now } = await run('epoch', 'show', place)
    expect(await run('epoch', 'renew', place, '--present', present)).toMatchObject({
      code: EXIT.usage,
      noted: `--present: ${place} is in the epoch ${now}, not in "${present}": nothing was done`,
    })
    expect((await run('epoch', 'show', place)).printed).toBe(now)
  })

  test('the log that ROLLCALL_LOG names', async () => {
    const { place, present } = await served()
    vi.stubEnv('ROLLCALL_LOG', place)
    expect(await run('epoch', 'renew', place, '--present', present)).toMatchObject({
      code: EXIT.usage,
      noted: expect.stringContaining('is what ROLLCALL_LOG names'),
    })
    expect((await run('epoch', 'show', place)).printed).toBe(present)
  })

  test('an empty table, and a folder', async () => {
    const { ROLLCALL_LOG = '' } = await newLog()
    expect(await run('epoch', 'renew', ROLLCALL_LOG, '--present', 'x')).toMatchObject({
      code: EXIT.unavailable,
      noted: expect.stringContaining('There is no log in the table'),
    })
    expect(await run('epoch', 'renew', '.rollcall', '--present', 'x')).toMatchObject({
      code: EXIT.usage,
      noted: expect.stringMatching(
        /^<place>: must be like dynamodb:.+"rollcall backup" and "rollcall restore"/,
      ),
    })
  })
})
