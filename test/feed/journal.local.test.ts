import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RecordedEvent } from '../../src/domain/events.ts'
import { parseStream, type StreamName } from '../../src/domain/streams.ts'
import { type Journal, openJournal } from '../../src/feed/journal.ts'
import type { LocalFeed } from '../../src/feed/local/LocalFeed.ts'
import { commitUser, newUser, rename } from './commits.ts'
import { elsewhere } from './elsewhere.ts'
import { LocalWorld, usernameOf } from './localWorld.ts'

const TENANTS = ['acme', 'beta', 'gamma']
const COMMITS = 150

let world: LocalWorld
let feed: LocalFeed
let journal: Journal
beforeEach(async () => {
  world = await LocalWorld.open()
  feed = await world.startFeed()
  journal = openJournal(world.log, feed)
})
afterEach(() => world.close())

/** What a follower was told of, by stream and seq. */
type Told = [StreamName, number][]

/** Follows until it was told of the last user, cut again and again, and looks at the views each time that it is told. */
async function follow(tenant: string, last: string): Promise<Told> {
  const told: Told = []
  let position = 0
  for (;;) {
    const cut = new AbortController()
    let messagesToLive = 1 + Math.floor(Math.random() * 5)
    for await (const message of journal.tail(tenant, position, cut)) {
      position = message.position
      if (message.kind === 'changes') {
        told.push(...(await lookedUp(message.events)))
        if (told.some(([stream]) => parseStream(stream)?.id === last)) return told
      }
      if (--messagesToLive === 0) cut.abort()
    }
  }
}

/** The views have each of the events that someone has just been told of. */
async function lookedUp(events: readonly RecordedEvent[]): Promise<Told> {
  const applied = await feed.views.applied(events.map(({ stream }) => stream))
  return events.map(({ stream, seq }, i) => {
    expect(applied[i]).toBeGreaterThanOrEqual(seq)
    return [stream, seq]
  })
}

async function everyEvent(tenant: string): Promise<Told> {
  const events = await world.log.scanTenant(tenant, 0, 100_000)
  return events.map(({ stream, seq }) => [stream, seq])
}

test('with writers here and in another process, every follower sees its tenant once, in order, and in the views', async () => {
  const other = await elsewhere(world.logFile)
  const followers = TENANTS.concat('acme').map(async (tenant) => ({
    tenant,
    told: await follow(tenant, 'last'),
  }))
  const writeHere = async () => {
    for (let i = 0; i < COMMITS; i++) {
      const tenant = TENANTS[i % 2] ?? 'acme'
      const { position } = await commitUser(
        world.log,
        tenant,
        `u${i % 20}`,
        rename(`u${i % 20}`, `here-${i}`),
      )
      // Half of them are noticed at once, the others found.
      if (i % 2 === 0) feed.notice(position)
    }
  }
  await Promise.all([
    writeHere(),
    writeHere(),
    ...TENANTS.map((tenant) => other.append({ tenant, prefix: 'there', count: COMMITS / 3 })),
  ])
  for (const tenant of TENANTS) await commitUser(world.log, tenant, 'last', newUser('last', 'last'))
  for (const { tenant, told } of await Promise.all(followers)) {
    // A follower ends with the batch that holds the last user, whose second event may come with the next one.
    const all = await everyEvent(tenant)
    expect(told).toEqual(all.slice(0, told.length))
    expect(all.length - told.length).toBeLessThanOrEqual(1)
  }
  await other.close()
})

test('who has reached a token finds its change in the journal', async () => {
  for (let i = 0; i < 50; i++) {
    const { stream, seq } = await commitUser(world.log, 'acme', `u${i}`, newUser(`u${i}`, `name-${i}`))
    const before = await journal.head('acme')
    expect(await feed.reach({ streams: new Map([[stream, seq]]), position: 0 }, 15_000)).toBe(true)
    const { events } = await journal.read('acme', Math.min(before, 2 * i), 10)
    expect(events.map((event) => event.stream)).toContain(stream)
  }
})

test('a follower who is told of a name finds it', async () => {
  const abort = new AbortController()
  const writing = (async () => {
    for (let i = 0; i < 50; i++) {
      const { position } = await commitUser(world.log, 'acme', `u${i}`, newUser(`u${i}`, `name-${i}`))
      feed.notice(position)
    }
  })()
  let found = 0
  for await (const message of journal.tail('acme', 0, { signal: abort.signal })) {
    if (message.kind !== 'changes') continue
    for (const { event } of message.events) {
      if (event.type !== 'SetUsername') continue
      expect(await usernameOf(feed.views, 'acme', event.userId)).toBe(event.username)
      found += 1
    }
    if (found === 50) abort.abort()
  }
  await writing
})
