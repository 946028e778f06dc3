import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  CreateApiKeyDocument,
  createClient,
  follow,
  memoryReplica,
  type Replica,
  RevokeApiKeyDocument,
} from '../../src/client/index.ts'
import { sqliteReplica } from '../../src/client/sqlite/index.ts'
import { FollowWorld } from './world.ts'

let world: FollowWorld
beforeEach(async () => {
  world = await FollowWorld.open()
})
afterEach(() => world.close())

describe('what ends for good', () => {
  test('is heard of once, by whoever waits for the copy alone', async () => {
    const stranger = createClient({ url: world.server.url, key: 'no-such-key-0123456789' })
    // Vitest fails a run in which a rejection is handled by nobody.
    await expect(follow(stranger).caughtUp).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('is a key that is none, or none any more', async () => {
    await expect(world.start({}, 'no-such-key-0123456789').done).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    })
    const userId = await world.create('holder')
    const { createApiKey } = await world.writer.request(CreateApiKeyDocument, {
      input: { userId, label: 'reader', scopes: ['DIRECTORY_READ'] },
    })
    const following = world.start({ replica: memoryReplica() }, createApiKey.secret ?? '')
    await following.caughtUp
    await world.writer.request(RevokeApiKeyDocument, { userId, keyId: createApiKey.apiKey.id })
    await expect(following.done).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('is a cursor or a filter that is none', async () => {
    await expect(world.start({ after: 'nonsense' }).done).rejects.toMatchObject({ code: 'BAD_CURSOR' })
    const filter = { events: ['SetNothing'] }
    await expect(world.start({ filter }).done).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    expect(world.kinds()).not.toContain('retrying')
  })
})

describe('it can be stopped', () => {
  /** Whose place is read until the gate is opened. */
  function slow() {
    const gate = Promise.withResolvers<void>()
    const replica: Replica = memoryReplica()
    const place = replica.place.bind(replica)
    replica.place = async () => {
      await gate.promise
      return place()
    }
    return { replica, open: gate.resolve }
  }

  test.each([
    ['without a replica', () => undefined],
    ['with one in memory', memoryReplica],
    ['with one in a file', () => sqliteReplica(join(world.folder, 'copy.sqlite'))],
  ])('at once, %s', async (_, open) => {
    const replica = open()
    const following = world.start(replica && { replica })
    await following.stop()
    await expect(following.caughtUp).rejects.toThrow('stopped before')
    expect([world.kinds(), world.proxy.open, await world.subscriptions()]).toEqual([[], 0, 0])
  })

  test.each([0, 1, 2, 3])('after %i turns', async (turns) => {
    const following = world.start({ replica: memoryReplica() })
    for (let turn = 0; turn < turns; turn++) await Promise.resolve()
    await following.stop()
    await expect.poll(() => world.proxy.open).toBe(0)
    await expect.poll(world.subscriptions).toBe(0)
  })

  test('while its place is read', async () => {
    const { replica, open } = slow()
    const following = world.start({ replica })
    const stopped = following.stop()
    open()
    await stopped
    expect([world.kinds(), await world.subscriptions()]).toEqual([[], 0])
  })

  test('by a signal, before it begins and while its place is read', async () => {
    await world.start({ replica: memoryReplica(), signal: AbortSignal.abort() }).done
    const { replica, open } = slow()
    const stop = new AbortController()
    const following = world.start({ replica, signal: stop.signal })
    stop.abort()
    open()
    await following.done
    expect([world.kinds(), await world.subscriptions()]).toEqual([[], 0])
  })

  test('by its own listeners', async () => {
    const following = world.start({
      onStatus: ({ kind }) => kind === 'connecting' && void following.stop(),
    })
    await following.done
    expect(await world.subscriptions()).toBe(0)
  })

  test('by a listener that waits for it: its change is the last, and is not told again', async () => {
    await world.create('first')
    await world.create('second')
    const replica = memoryReplica()
    const told: string[] = []
    const following = world.start({
      replica,
      async onChange({ stream, seq }) {
        told.push(`${stream} ${seq}`)
        await Promise.resolve()
        await following.stop()
      },
    })
    await following.done
    expect(told).toHaveLength(1)
    expect(following.cursor).toBe(replica.place()?.cursor)
    await expect.poll(world.subscriptions).toBe(0)
    await world.start({ replica, onChange: ({ stream, seq }) => void told.push(`${stream} ${seq}`) }).caughtUp
    expect(told).toHaveLength(4)
    expect(new Set(told).size).toBe(4)
  })

  test('while a listener is under way, which `done` waits for', async () => {
    await world.create('first')
    const begun = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const replica = memoryReplica()
    const following = world.start({
      replica,
      onChange() {
        begun.resolve()
        return gate.promise
      },
    })
    await begun.promise
    await following.stop()
    expect(replica.place()?.cursor).toBeNull()
    gate.resolve()
    await following.done
    expect(replica.place()?.cursor).not.toBeNull()
  })

  test('by a page that mounts, unmounts and mounts again', async () => {
    const mount = () => world.start({ replica: memoryReplica() })
    const first = mount()
    const unmounted = first.stop()
    const second = mount()
    await second.caughtUp
    await unmounted
    await expect.poll(world.subscriptions).toBe(1)
    await second.stop()
    await expect.poll(world.subscriptions).toBe(0)
    await expect.poll(() => world.proxy.open).toBe(0)
  })
})

test('a signal ends it, wherever it is', async () => {
  const stop = new AbortController()
  const following = world.start({ signal: stop.signal })
  await following.caughtUp
  stop.abort()
  await following.done
  world.proxy.down()
  const waiting = world.start({ retry: { minMs: 60_000, maxMs: 60_000 } })
  await expect.poll(world.kinds).toContain('retrying')
  await waiting.stop()
  await expect(waiting.caughtUp).rejects.toThrow('stopped before')
})
