import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { vectorAt } from '../../src/domain/token.ts'
import type { LocalFeed } from '../../src/feed/local/LocalFeed.ts'
import { commitUser, newUser } from './commits.ts'
import { LocalWorld, usernameOf } from './localWorld.ts'

const SOON_MS = 15_000

let world: LocalWorld
let serving: string
beforeEach(async () => {
  world = await LocalWorld.open()
  serving = world.viewFile
})
afterEach(() => world.close())

const startFeed = () => world.startFeed({ servingFile: async () => serving })
const other = () => join(world.dir, 'other.db')
const commit = (id: string) => commitUser(world.log, 'acme', id, newUser(id, id))
const commitMany = async (count: number) => {
  const commits = Array.from({ length: count }, (_, i) => commit(`u${i}`))
  return Math.max(...(await Promise.all(commits)).map(({ position }) => position))
}

/** Reads as long as the file does not serve. Never less than before is seen. */
async function readUntil(feed: LocalFeed, file: string): Promise<void> {
  let last = await feed.views.position()
  const isSeen = async () => {
    const position = await feed.views.position()
    expect(position).toBeGreaterThanOrEqual(last)
    expect(await usernameOf(feed.views, 'acme', 'u0')).toBe('u0')
    last = position
  }
  while (feed.viewFile !== file) {
    await isSeen()
    await nextTurn()
  }
  await isSeen()
}

test('other views, of which nothing is there yet, are gone over to once they show as much', async () => {
  const feed = await startFeed()
  await feed.reach(vectorAt(await commitMany(3_000)), SOON_MS)
  serving = other()
  await readUntil(feed, other())
  const { position } = await commit('later')
  expect(await feed.reach(vectorAt(position), SOON_MS)).toBe(true)
  expect(await usernameOf(feed.views, 'acme', 'later')).toBe('later')
  expect(feed.stats().restartsTotal).toBe(0)
})

test('with writers and another process on the same files, and back again', async () => {
  const [one, two] = [await startFeed(), await startFeed()]
  await one.reach(vectorAt(await commitMany(1)), SOON_MS)
  await two.reach(vectorAt(await world.log.position()), SOON_MS)
  let isStopped = false
  const writing = (async () => {
    for (let n = 1; !isStopped; n++) {
      const { position } = await commit(`w${n}`)
      const feed = n % 2 === 0 ? one : two
      expect(await feed.reach(vectorAt(position), SOON_MS)).toBe(true)
      expect(await usernameOf(feed.views, 'acme', `w${n}`)).toBe(`w${n}`)
    }
  })()
  for (const file of [other(), world.viewFile]) {
    serving = file
    await Promise.all([one, two].map((feed) => readUntil(feed, file)))
  }
  isStopped = true
  await writing
})

test('whoever waits for a change meanwhile is told of it, and so is who listens', async () => {
  const feed = await startFeed()
  await feed.level()
  const heard: (string | null)[] = []
  feed.onApplied((_, tenants) => void heard.push(tenants === null ? null : [...tenants].join()))
  serving = other()
  await expect.poll(() => feed.viewFile).toBe(other())
  expect(heard).toContain(null)
  await feed.controls.pause()
  const { position } = await commit('u0')
  expect(await feed.reach(vectorAt(position), SOON_MS)).toBe(true)
})

test('views that cannot be had are told of, and the ones before go on', async () => {
  const troubles: string[] = []
  const feed = await world.startFeed({
    servingFile: async () => serving,
    onTrouble: (message) => void troubles.push(message),
  })
  serving = join(world.dir, 'no', 'such', 'folder.db')
  await expect.poll(() => troubles).toHaveLength(1)
  const { position } = await commit('u0')
  expect(await feed.reach(vectorAt(position), SOON_MS)).toBe(true)
  expect(feed.viewFile).toBe(world.viewFile)
})

test('a feed that is closed on its way closes both', async () => {
  const feed = await startFeed()
  await feed.level()
  serving = other()
  await nextTurn()
  await feed.close()
  expect(feed.closed.aborted).toBe(true)
})
