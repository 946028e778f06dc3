import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sow } from '../../src/cli/run/seed.ts'
import { type Change, type FollowOptions, type FollowStatus, memoryReplica } from '../../src/client/index.ts'
import { stateOf } from '../support/changes.ts'
import { FollowWorld } from './world.ts'

let world: FollowWorld
beforeEach(async () => {
  world = await FollowWorld.open()
})
afterEach(() => world.close())

describe('a replica', () => {
  test('begins with what is there, and goes on with what happens', async () => {
    const ids = await world.fill()
    const replica = memoryReplica()
    const following = world.start({ replica })
    await following.caughtUp
    expect(stateOf(replica)).toEqual(await world.directory())
    await world.rename(ids[1] as string, 'Ada')
    await expect.poll(() => replica.user(ids[1] as string)?.name).toBe('Ada')
    expect(world.kinds()).toEqual(['connecting', 'snapshot', 'live'])
    await following.stop()
    expect(following.cursor).toBe(replica.place()?.cursor)
  })

  test('goes on from its own last cursor after each cut, and tells no change twice', async () => {
    const replica = memoryReplica()
    const told: string[] = []
    const onChange = ({ stream, seq }: Change) => void told.push(`${stream} ${seq}`)
    const following = world.start({ replica, onChange })
    await following.caughtUp
    for (let round = 1; round <= 3; round++) {
      world.proxy.down()
      await world.create(`while-away-${round}`)
      world.proxy.up()
      await world.live(round + 1)
      await world.create(`while-here-${round}`)
      // A user comes with more than one change.
      const wanted = await world.directory()
      await expect.poll(() => stateOf(replica)).toEqual(wanted)
    }
    expect(new Set(told).size).toBe(told.length)
    // Not with the first variables: of a snapshot there was one.
    expect(world.kinds().filter((kind) => kind === 'snapshot')).toHaveLength(1)
  })

  test('that is cut within its snapshot goes on there, and is not read before it is whole', async () => {
    await world.fill(60)
    // Each connection carries the handshake and some of the snapshot.
    world.proxy.cutAfter(...Array.from({ length: 12 }, (_, i) => 3_000 + 1_700 * i))
    const replica = memoryReplica()
    const told: string[] = []
    let isWhole = false
    const following = world.start({
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
    expect(stateOf(replica)).toEqual(await world.directory())
    expect(new Set(told).size).toBe(told.length)
    expect(world.proxy.connections).toBeGreaterThan(5)
    expect(world.kinds().filter((kind) => kind === 'retrying').length).toBeGreaterThan(5)
  })

  test('of another tenant or filter is refused, and is left as it is', async () => {
    const replica = memoryReplica()
    const first = world.start({ replica })
    await first.caughtUp
    await first.stop()
    const place = replica.place()
    const following = world.start({ replica, filter: { events: ['SetUsername'] } })
    await expect(following.done).rejects.toMatchObject({ code: 'BAD_CURSOR' })
    await expect(following.caughtUp).rejects.toMatchObject({ code: 'BAD_CURSOR' })
    expect(replica.place()).toEqual(place)
  })

  test('by a filter holds what it was told', async () => {
    const ids = await world.fill(3)
    const replica = memoryReplica()
    await world.start({ replica, filter: { userIds: [ids[1] as string] } }).caughtUp
    expect([...replica.users()].map(({ username }) => username)).toEqual(['user-1'])
    expect(replica.memberships(ids[1] as string)).toHaveLength(1)
    await world.create('somebody-else')
    await world.rename(ids[1] as string, 'Ada')
    await expect.poll(() => replica.user(ids[1] as string)?.name).toBe('Ada')
    expect([...replica.users()]).toHaveLength(1)
  })
})

describe('a listener', () => {
  test('is waited for: however slow it is, nothing is lost and no more is held than was said', async () => {
    const replica = memoryReplica()
    const gate = Promise.withResolvers<void>()
    const told: string[] = []
    const following = world.start({
      replica,
      async onChange({ event }) {
        if (told.length === 0) await gate.promise
        if (event.__typename === 'SetUsername') told.push(event.username)
      },
    })
    await following.caughtUp
    const names = Array.from({ length: 5 }, (_, i) => `slow-${i}`)
    for (const name of names) await world.create(name)
    expect(told).toEqual([])
    gate.resolve()
    await expect.poll(() => told).toEqual(names)
  })

  test('that is far too slow has the connection closed, and is told the rest from where it was', async () => {
    const report = { onUsers() {}, onBad: expect.unreachable }
    await sow(world.server.directory.log, { tenant: 'default', users: 1_500, seed: 1 }, report)
    await world.server.directory.feed.level()
    const replica = memoryReplica()
    const isBehind = Promise.withResolvers<void>()
    const told = new Set<string>()
    let changes = 0
    const following = world.start({
      replica,
      async onChange({ stream, seq }) {
        if (changes++ === 0) await isBehind.promise
        told.add(`${stream} ${seq}`)
      },
    })
    // What arrived is still taken before the connection is made again.
    await expect.poll(() => [world.proxy.connections, world.proxy.open]).toEqual([1, 0])
    isBehind.resolve()
    await following.caughtUp
    expect(world.kinds()).toContain('behind')
    expect(changes).toBe(told.size)
    expect(stateOf(replica)).toEqual(await world.directory())
  })

  test('that throws ends the following, and the change stays untold', async () => {
    const replica = memoryReplica()
    const following = world.start({
      replica,
      onChange() {
        throw new Error('disk full')
      },
    })
    await following.caughtUp
    const place = replica.place()
    await world.create('ada')
    await expect(following.done).rejects.toThrow('disk full')
    expect(replica.place()).toEqual(place)
    const again: string[] = []
    await world.start({ replica, onChange: ({ event }) => void again.push(event.__typename) }).caughtUp
    expect(again).toContain('SetUsername')
  })

  test.each(['connecting', 'snapshot', 'live'])('of the status that throws at %s ends it', async (at) => {
    const following = world.start({
      replica: memoryReplica(),
      onStatus({ kind }) {
        world.statuses.push({ kind } as FollowStatus)
        if (kind === at) throw new Error('no such light')
      },
    })
    await expect(following.done).rejects.toThrow('no such light')
    expect(world.kinds().at(-1)).toBe(at)
    await expect.poll(() => world.proxy.open).toBe(0)
  })

  test('needs no replica: from now on, from a cursor, or from the beginning', async () => {
    await world.create('before')
    const told: string[] = []
    const listen = (options: FollowOptions) =>
      world.start({
        ...options,
        onChange({ event }) {
          if (event.__typename === 'SetUsername') told.push(event.username)
        },
      })
    const now = listen({})
    await now.caughtUp
    await world.create('later')
    await expect.poll(() => told).toEqual(['later'])
    const cursor = now.cursor as string
    await now.stop()
    await world.create('meanwhile')
    const resumed = listen({ after: cursor })
    await resumed.caughtUp
    expect(told).toEqual(['later', 'meanwhile'])
    await resumed.stop()
    await listen({ snapshot: true }).caughtUp
    expect(told.slice(2).toSorted()).toEqual(['before', 'later', 'meanwhile'])
  })
})

test('a cursor beside a replica is refused at once', () => {
  expect(() => world.start({ replica: memoryReplica(), after: 'c' })).toThrow(
    'after: cannot stand beside a replica',
  )
})

test('a server that stops and comes again is followed on', async () => {
  const replica = memoryReplica()
  await world.start({ replica }).caughtUp
  await world.create('before')
  await world.server.close()
  await expect.poll(world.kinds).toContain('retrying')
  await world.serveAgain()
  await world.create('after')
  await expect.poll(() => [...replica.users()].map(({ username }) => username)).toEqual(['before', 'after'])
  expect(world.statuses.find(({ kind }) => kind === 'retrying')).toMatchObject({
    error: { code: 'UNAVAILABLE', details: { closeCode: 1001 } },
  })
})
