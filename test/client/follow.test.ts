import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sow } from '../../src/cli/run/seed.ts'
import {
  type Change,
  CreateApiKeyDocument,
  CreateGroupDocument,
  CreateUserDocument,
  createClient,
  DeleteGroupDocument,
  DeleteUserDocument,
  type Following,
  type FollowOptions,
  type FollowStatus,
  follow,
  memoryReplica,
  type Replica,
  RevokeApiKeyDocument,
  SetMembershipDocument,
  UpdateUserDocument,
} from '../../src/client/index.ts'
import { sqliteReplica } from '../../src/client/sqlite/index.ts'
import { stateOf } from '../support/changes.ts'
import { Client } from '../support/client.ts'
import { directoryOf } from '../support/DirectoryCopy.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TcpProxy } from '../support/TcpProxy.ts'

let folder: string
let server: TestServer
let proxy: TcpProxy
let running: Following[]
let statuses: FollowStatus[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-follow-'))
  server = await startServer({ data: join(folder, 'data') })
  proxy = await TcpProxy.start(server.url)
  running = []
  statuses = []
})
afterEach(async () => {
  await Promise.all(running.map((following) => following.stop().catch(() => {})))
  await proxy.close()
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

const writer = () => createClient({ url: server.url, key: server.operatorKey })
const create = async (username: string) =>
  (await writer().request(CreateUserDocument, { input: { username } })).createUser.user.id
const rename = (id: string, name: string) => writer().request(UpdateUserDocument, { id, patch: { name } })
const directory = () => directoryOf(new Client(server.url, server.operatorKey))

/** Through the proxy, with little patience. */
function start(options: FollowOptions = {}, key = server.operatorKey): Following {
  const following = follow(createClient({ url: proxy.url, key }), {
    retry: { minMs: 0, maxMs: 20 },
    onStatus: (status) => statuses.push(status),
    ...options,
  })
  following.done.catch(() => {})
  running.push(following)
  return following
}

const kinds = () => statuses.map(({ kind }) => kind)
const live = (times = 1) => expect.poll(() => kinds().filter((kind) => kind === 'live').length).toBe(times)

/** A directory with something of everything. */
async function fill(users = 30): Promise<string[]> {
  const client = writer()
  const groups = await Promise.all(
    ['top', 'left', 'right'].map(
      async (name) => (await client.request(CreateGroupDocument, { input: { name } })).createGroup.group.id,
    ),
  )
  const ids = await Promise.all(Array.from({ length: users }, (_, i) => create(`user-${i}`)))
  await Promise.all(
    ids.map((userId, i) =>
      client.request(SetMembershipDocument, { userId, groupId: groups[i % 3] as string }),
    ),
  )
  await client.request(DeleteUserDocument, { id: ids[0] as string })
  await client.request(DeleteGroupDocument, { id: groups[2] as string })
  return ids
}

describe('a replica', () => {
  test('begins with what is there, and goes on with what happens', async () => {
    const ids = await fill()
    const replica = memoryReplica()
    const following = start({ replica })
    await following.caughtUp
    expect(stateOf(replica)).toEqual(await directory())
    await rename(ids[1] as string, 'Ada')
    await expect.poll(() => replica.user(ids[1] as string)?.name).toBe('Ada')
    expect(kinds()).toEqual(['connecting', 'snapshot', 'live'])
    await following.stop()
    expect(following.cursor).toBe(replica.place()?.cursor)
  })

  test('goes on from its own last cursor after each cut, and tells no change twice', async () => {
    const replica = memoryReplica()
    const told: string[] = []
    const onChange = ({ stream, seq }: Change) => void told.push(`${stream} ${seq}`)
    const following = start({ replica, onChange })
    await following.caughtUp
    for (let round = 1; round <= 3; round++) {
      proxy.down()
      await create(`while-away-${round}`)
      proxy.up()
      await live(round + 1)
      await create(`while-here-${round}`)
      // A user comes with more than one change.
      const wanted = await directory()
      await expect.poll(() => stateOf(replica)).toEqual(wanted)
    }
    expect(new Set(told).size).toBe(told.length)
    // Not with the first variables: of a snapshot there was one.
    expect(kinds().filter((kind) => kind === 'snapshot')).toHaveLength(1)
  })

  test('that is cut within its snapshot goes on there, and is not read before it is whole', async () => {
    await fill(60)
    // Each connection carries the handshake and some of the snapshot.
    proxy.cutAfter(...Array.from({ length: 12 }, (_, i) => 3_000 + 1_700 * i))
    const replica = memoryReplica()
    const told: string[] = []
    let isWhole = false
    const following = start({
      replica,
      onChange({ stream, seq }) {
        told.push(`${stream} ${seq}`)
        if (!isWhole) expect([...replica.users()]).toEqual([])
      },
    })
    following.caughtUp.then(() => {
      isWhole = true
    })
    await following.caughtUp
    expect(stateOf(replica)).toEqual(await directory())
    expect(new Set(told).size).toBe(told.length)
    expect(proxy.connections).toBeGreaterThan(5)
    expect(kinds().filter((kind) => kind === 'retrying').length).toBeGreaterThan(5)
  })

  test('of another tenant or filter is refused, and is left as it is', async () => {
    const replica = memoryReplica()
    await start({ replica }).caughtUp
    await running[0]?.stop()
    const place = replica.place()
    const following = start({ replica, filter: { events: ['SetUsername'] } })
    await expect(following.done).rejects.toMatchObject({ code: 'BAD_CURSOR' })
    await expect(following.caughtUp).rejects.toMatchObject({ code: 'BAD_CURSOR' })
    expect(replica.place()).toEqual(place)
  })

  test('by a filter holds what it was told', async () => {
    const ids = await fill(3)
    const replica = memoryReplica()
    await start({ replica, filter: { userIds: [ids[1] as string] } }).caughtUp
    expect([...replica.users()].map(({ username }) => username)).toEqual(['user-1'])
    expect(replica.memberships(ids[1] as string)).toHaveLength(1)
    await create('somebody-else')
    await rename(ids[1] as string, 'Ada')
    await expect.poll(() => replica.user(ids[1] as string)?.name).toBe('Ada')
    expect([...replica.users()]).toHaveLength(1)
  })
})

describe('a listener', () => {
  test('is waited for: however slow it is, nothing is lost and no more is held than was said', async () => {
    const replica = memoryReplica()
    const gate = Promise.withResolvers<void>()
    const told: string[] = []
    const following = start({
      replica,
      async onChange({ event }) {
        if (told.length === 0) await gate.promise
        if (event.__typename === 'SetUsername') told.push(event.username)
      },
    })
    await following.caughtUp
    const names = Array.from({ length: 5 }, (_, i) => `slow-${i}`)
    for (const name of names) await create(name)
    expect(told).toEqual([])
    gate.resolve()
    await expect.poll(() => told).toEqual(names)
  })

  test('that is far too slow has the connection closed, and is told the rest from where it was', async () => {
    const report = { onUsers() {}, onBad: expect.unreachable }
    await sow(server.directory.log, { tenant: 'default', users: 1_500, seed: 1 }, report)
    await server.directory.feed.level()
    const replica = memoryReplica()
    const isBehind = Promise.withResolvers<void>()
    const told = new Set<string>()
    let changes = 0
    const following = start({
      replica,
      async onChange({ stream, seq }) {
        if (changes++ === 0) await isBehind.promise
        told.add(`${stream} ${seq}`)
      },
    })
    // What arrived is still taken before the connection is made again.
    await expect.poll(() => [proxy.connections, proxy.open]).toEqual([1, 0])
    isBehind.resolve()
    await following.caughtUp
    expect(kinds()).toContain('behind')
    expect(changes).toBe(told.size)
    expect(stateOf(replica)).toEqual(await directory())
  })

  test('that throws ends the following, and the change stays untold', async () => {
    const replica = memoryReplica()
    const following = start({
      replica,
      onChange() {
        throw new Error('disk full')
      },
    })
    await following.caughtUp
    const place = replica.place()
    await create('ada')
    await expect(following.done).rejects.toThrow('disk full')
    expect(replica.place()).toEqual(place)
    const again: string[] = []
    await start({ replica, onChange: ({ event }) => void again.push(event.__typename) }).caughtUp
    expect(again).toContain('SetUsername')
  })

  test.each(['connecting', 'snapshot', 'live'])('of the status that throws at %s ends it', async (at) => {
    const following = start({
      replica: memoryReplica(),
      onStatus({ kind }) {
        statuses.push({ kind } as FollowStatus)
        if (kind === at) throw new Error('no such light')
      },
    })
    await expect(following.done).rejects.toThrow('no such light')
    expect(kinds().at(-1)).toBe(at)
    await expect.poll(() => proxy.open).toBe(0)
  })

  test('needs no replica: from now on, from a cursor, or from the beginning', async () => {
    await create('before')
    const told: string[] = []
    const listen = (options: FollowOptions) =>
      start({
        ...options,
        onChange({ event }) {
          if (event.__typename === 'SetUsername') told.push(event.username)
        },
      })
    const now = listen({})
    await now.caughtUp
    await create('later')
    await expect.poll(() => told).toEqual(['later'])
    const cursor = now.cursor as string
    await now.stop()
    await create('meanwhile')
    const resumed = listen({ after: cursor })
    await resumed.caughtUp
    expect(told).toEqual(['later', 'meanwhile'])
    await resumed.stop()
    await listen({ snapshot: true }).caughtUp
    expect(told.slice(2).toSorted()).toEqual(['before', 'later', 'meanwhile'])
  })
})

describe('what ends for good', () => {
  test('is heard of once, by whoever waits for the copy alone', async () => {
    const stranger = createClient({ url: server.url, key: 'no-such-key-0123456789' })
    // Vitest fails a run in which a rejection is handled by nobody.
    await expect(follow(stranger).caughtUp).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('is a key that is none, or none any more', async () => {
    await expect(start({}, 'no-such-key-0123456789').done).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    const userId = await create('holder')
    const { createApiKey } = await writer().request(CreateApiKeyDocument, {
      input: { userId, label: 'reader', scopes: ['DIRECTORY_READ'] },
    })
    const following = start({ replica: memoryReplica() }, createApiKey.secret ?? '')
    await following.caughtUp
    await writer().request(RevokeApiKeyDocument, { userId, keyId: createApiKey.apiKey.id })
    await expect(following.done).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('is a cursor or a filter that is none', async () => {
    await expect(start({ after: 'nonsense' }).done).rejects.toMatchObject({ code: 'BAD_CURSOR' })
    const filter = { events: ['SetNothing'] }
    await expect(start({ filter }).done).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    expect(kinds()).not.toContain('retrying')
  })
})

test('a cursor beside a replica is refused at once', () => {
  expect(() => start({ replica: memoryReplica(), after: 'c' })).toThrow(
    'after: cannot stand beside a replica',
  )
})

describe('it can be stopped', () => {
  const subscriptions = async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    return Number(/^rollcall_subscriptions (\d+)$/m.exec(metrics)?.[1])
  }

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
    ['with one in a file', () => sqliteReplica(join(folder, 'copy.sqlite'))],
  ])('at once, %s', async (_, open) => {
    const replica = open()
    const following = start(replica && { replica })
    await following.stop()
    await expect(following.caughtUp).rejects.toThrow('stopped before')
    expect([kinds(), proxy.open, await subscriptions()]).toEqual([[], 0, 0])
  })

  test.each([0, 1, 2, 3])('after %i turns', async (turns) => {
    const following = start({ replica: memoryReplica() })
    for (let turn = 0; turn < turns; turn++) await Promise.resolve()
    await following.stop()
    await expect.poll(() => proxy.open).toBe(0)
    await expect.poll(subscriptions).toBe(0)
  })

  test('while its place is read', async () => {
    const { replica, open } = slow()
    const following = start({ replica })
    const stopped = following.stop()
    open()
    await stopped
    expect([kinds(), await subscriptions()]).toEqual([[], 0])
  })

  test('by a signal, before it begins and while its place is read', async () => {
    await start({ replica: memoryReplica(), signal: AbortSignal.abort() }).done
    const { replica, open } = slow()
    const stop = new AbortController()
    const following = start({ replica, signal: stop.signal })
    stop.abort()
    open()
    await following.done
    expect([kinds(), await subscriptions()]).toEqual([[], 0])
  })

  test('by its own listeners', async () => {
    const following = start({
      onStatus: ({ kind }) => kind === 'connecting' && void following.stop(),
    })
    await following.done
    expect(await subscriptions()).toBe(0)
  })

  test('by a listener that waits for it: its change is the last, and is not told again', async () => {
    await create('first')
    await create('second')
    const replica = memoryReplica()
    const told: string[] = []
    const following = start({
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
    await expect.poll(subscriptions).toBe(0)
    await start({ replica, onChange: ({ stream, seq }) => void told.push(`${stream} ${seq}`) }).caughtUp
    expect(told).toHaveLength(4)
    expect(new Set(told).size).toBe(4)
  })

  test('while a listener is under way, which `done` waits for', async () => {
    await create('first')
    const begun = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const replica = memoryReplica()
    const following = start({
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
    const mount = () => start({ replica: memoryReplica() })
    const first = mount()
    const unmounted = first.stop()
    const second = mount()
    await second.caughtUp
    await unmounted
    await expect.poll(subscriptions).toBe(1)
    await second.stop()
    await expect.poll(subscriptions).toBe(0)
    await expect.poll(() => proxy.open).toBe(0)
  })
})

test('a signal ends it, wherever it is', async () => {
  const stop = new AbortController()
  const following = start({ signal: stop.signal })
  await following.caughtUp
  stop.abort()
  await following.done
  proxy.down()
  const waiting = start({ retry: { minMs: 60_000, maxMs: 60_000 } })
  await expect.poll(kinds).toContain('retrying')
  await waiting.stop()
  await expect(waiting.caughtUp).rejects.toThrow('stopped before')
})

test('a server that stops and comes again is followed on', async () => {
  const replica = memoryReplica()
  await start({ replica }).caughtUp
  await create('before')
  await server.close()
  await expect.poll(kinds).toContain('retrying')
  server = await startServer({ data: join(folder, 'data') })
  proxy.leadTo(server.url)
  await create('after')
  await expect.poll(() => [...replica.users()].map(({ username }) => username)).toEqual(['before', 'after'])
  expect(statuses.find(({ kind }) => kind === 'retrying')).toMatchObject({
    error: { code: 'UNAVAILABLE', details: { closeCode: 1001 } },
  })
})
