import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { userStream } from '../../src/domain/streams.ts'
import { vectorAt, vectorOf } from '../../src/domain/token.ts'
import type { FeedProgress } from '../../src/feed/local/FeedTally.ts'
import type { LocalFeed } from '../../src/feed/local/LocalFeed.ts'
import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'
import { ViewsUnavailable } from '../../src/views/ViewStore.ts'
import { feedConformance } from '../conformance/feed.ts'
import { commitUser, newUser, rename } from '../feed/commits.ts'
import { elsewhere } from '../feed/elsewhere.ts'
import { LocalWorld, usernameOf } from '../feed/localWorld.ts'
import { plainRows } from '../support/plainRows.ts'

feedConformance('SQLite', { background: true }, async () => {
  const world = await LocalWorld.open()
  const feed = await world.startFeed()
  return { log: world.log, views: feed.views, feed, close: () => world.close() }
})

const SOON_MS = 15_000

let world: LocalWorld
beforeEach(async () => {
  world = await LocalWorld.open()
})
afterEach(() => world.close())

const commit = (id: string, username: string) => commitUser(world.log, 'acme', id, newUser(id, username))
const username = (feed: LocalFeed, id: string) => usernameOf(feed.views, 'acme', id)
const commitMany = async (count: number, prefix = 'u') => {
  const commits = Array.from({ length: count }, (_, i) => commit(`${prefix}${i}`, `${prefix}${i}`))
  return Math.max(...(await Promise.all(commits)).map(({ position }) => position))
}

describe('several processes', () => {
  test('what another process appends arrives by itself', async () => {
    const feed = await world.startFeed()
    const other = await elsewhere(world.logFile)
    const arrived = new Promise<void>((resolve) => {
      feed.onApplied(async () => {
        if ((await username(feed, 'x9')) === 'x9') resolve()
      })
    })
    await other.append({ tenant: 'acme', prefix: 'x', count: 10 })
    await arrived
    await other.close()
  })

  test('two feeds on one file apply each event once', async () => {
    const [one, two] = [await world.startFeed(), await world.startFeed()]
    const last = await commitMany(300)
    for (const feed of [one, two]) {
      expect(await feed.reach(vectorAt(last), SOON_MS)).toBe(true)
      expect(feed.position).toBe(last)
    }
    const [first, second] = await Promise.all(
      [one, two].map(({ views }) => views.users('acme', ['u0', 'u299'])),
    )
    expect(plainRows(first ?? [])).toEqual(plainRows(second ?? []))
    const applied = () => one.stats().appliedTotal + two.stats().appliedTotal
    await expect.poll(applied).toBe(last)
    await Promise.all([one.close(), two.close()])
    expect(applied()).toBe(last)
  })

  test('a feed hears of what another one has applied', async () => {
    const [held, other] = [await world.startFeed(), await world.startFeed()]
    await Promise.all([held.level(), other.level()])
    await held.controls.hold()
    const { stream, seq, position } = await commit('u1', 'ann')
    expect(await other.reach(vectorAt(position), SOON_MS)).toBe(true)
    expect(await held.reach(vectorOf([stream, seq]), SOON_MS)).toBe(true)
    const heard = new Promise((resolve) => held.onApplied((at, tenants) => resolve([at, tenants])))
    await held.controls.release()
    expect(await heard).toEqual([position, null])
    expect(held.stats().appliedTotal).toBe(0)
  })
})

describe('brakes', () => {
  test('paused, nothing comes by itself, but what is demanded does', async () => {
    const feed = await world.startFeed()
    await feed.level()
    await feed.controls.pause()
    const { stream, seq, position } = await commit('u1', 'ann')
    feed.notice(position)
    // Answered after whatever the notice would have caused.
    await feed.controls.pause()
    expect(await username(feed, 'u1')).toBeUndefined()
    expect(feed.stats().lagMs).toBeGreaterThan(0)

    expect(await feed.reach(vectorOf([stream, seq]), SOON_MS)).toBe(true)
    expect(await username(feed, 'u1')).toBe('ann')
    expect(feed.stats().catchUpsTotal).toBe(1)
  })

  test('resumed, it catches up by itself', async () => {
    const feed = await world.startFeed()
    await feed.controls.pause()
    await commit('u1', 'ann')
    const arrived = new Promise<void>((resolve) => {
      feed.onApplied(() => resolve())
    })
    await feed.controls.resume()
    await arrived
    expect(await username(feed, 'u1')).toBe('ann')
  })

  test('held, not even a demand moves the views; released, those who wait are served', async () => {
    const feed = await world.startFeed()
    await feed.controls.hold()
    const { stream, seq } = await commit('u1', 'ann')
    expect(await feed.reach(vectorOf([stream, seq]), 50)).toBe(false)
    expect(await username(feed, 'u1')).toBeUndefined()
    const waiting = feed.reach(vectorOf([stream, seq]), SOON_MS)
    await feed.controls.release()
    expect(await waiting).toBe(true)
    expect(await username(feed, 'u1')).toBe('ann')
  })
})

describe('a worker that dies', () => {
  test('is replaced, and who waits does not notice', async () => {
    const trouble: string[] = []
    const feed = await world.startFeed({ onTrouble: (message) => trouble.push(message) })
    await feed.level()
    await feed.controls.kill()
    const { stream, seq } = await commit('u1', 'ann')
    expect(await feed.reach(vectorOf([stream, seq]), SOON_MS)).toBe(true)
    expect(feed.stats()).toMatchObject({ restartsTotal: 1, position: 2 })
    expect(trouble).toHaveLength(1)
  })

  test('in the middle of its work, time and again, loses and repeats nothing', async () => {
    const feed = await world.startFeed()
    await feed.controls.hold()
    const last = await commitMany(2_000)
    let kills = 0
    feed.onApplied(() => {
      if (kills > feed.stats().restartsTotal || kills === 3) return
      kills += 1
      void feed.controls.kill()
    })
    await feed.controls.release()
    expect(await feed.reach(vectorAt(last), SOON_MS)).toBe(true)
    expect(kills).toBeGreaterThan(0)
    expect(feed.position).toBe(last)
    const rows = await feed.views.applied(
      Array.from({ length: 2_000 }, (_, i) => userStream('acme', `u${i}`)),
    )
    expect(new Set(rows)).toEqual(new Set([2]))
  })

  test('of what it meets in the log is started again until that has passed', async () => {
    await commit('u1', 'ann')
    const db = new DatabaseSync(world.logFile)
    const lost = Object.values(db.prepare('SELECT * FROM event WHERE position = 1').get() ?? {})
    db.exec('DELETE FROM event WHERE position = 1')

    const restarts = new Promise<LocalFeed>((resolve) => {
      const feed = world.startFeed({
        onTrouble: async () => {
          if ((await feed).stats().restartsTotal >= 2) resolve(feed)
        },
      })
    })
    const feed = await restarts
    expect(feed.stats().lastTrouble).toContain('the log has no event 1 of acme/user/u1')
    expect(feed.position).toBe(0)
    db.prepare(`INSERT INTO event VALUES (${lost.map(() => '?')})`).run(...lost)
    db.close()
    expect(await feed.reach(vectorAt(2), SOON_MS)).toBe(true)
    expect(await username(feed, 'u1')).toBe('ann')
  })

  test('keeps its brakes', async () => {
    const feed = await world.startFeed()
    await feed.controls.hold()
    await feed.controls.kill()
    const { stream, seq } = await commit('u1', 'ann')
    await feed.controls.hold()
    expect(await feed.reach(vectorOf([stream, seq]), 50)).toBe(false)
    await feed.controls.release()
    expect(await feed.reach(vectorOf([stream, seq]), SOON_MS)).toBe(true)
  })
})

test('who waits for a worker that dies is served by the next, even paused', async () => {
  const feed = await world.startFeed()
  await feed.controls.pause()
  await feed.controls.hold()
  const { stream, seq } = await commit('u1', 'ann')
  const waiting = feed.reach(vectorOf([stream, seq]), SOON_MS)
  await feed.controls.kill()
  await feed.controls.release()
  expect(await waiting).toBe(true)
})

describe('the view file', () => {
  test('is built from the log in the background, with progress', async () => {
    const last = await commitMany(1_500)
    const progress: FeedProgress[] = []
    const feed = await world.startFeed({ onProgress: (step) => progress.push(step) })
    await feed.level()
    expect(feed.position).toBe(last)
    expect(progress.length).toBeGreaterThan(1)
    expect(progress.at(-1)).toMatchObject({ position: last, logPosition: last })
    expect(progress[0]).toMatchObject({ logPosition: last })
    expect(progress.every(({ eventsPerSecond }) => eventsPerSecond > 0)).toBe(true)
  })

  test('goes on from where it was', async () => {
    const before = await commitMany(10)
    const first = await world.startFeed()
    await first.level()
    await first.close()
    await commit('later', 'later')
    const second = await world.startFeed()
    await second.level()
    expect(second.stats().appliedTotal).toBe(2)
    expect(second.position).toBe(before + 2)
  })

  test('that is no database is built again, and said so', async () => {
    await commit('u1', 'ann')
    await writeFile(
      world.viewFile,
      'this is not a database, and it is longer than the header of one would be'.repeat(100),
    )
    const trouble: string[] = []
    const feed = await world.startFeed({ onTrouble: (message) => trouble.push(message) })
    await feed.level()
    expect(await username(feed, 'u1')).toBe('ann')
    expect(trouble).toHaveLength(1)
    expect(await readFile(`${world.viewFile}.damaged`, 'utf8')).toContain('this is not a database')
  })

  test('is never taken to be the log, however the paths are written', async () => {
    await commit('u1', 'ann')
    const viewFile = `${world.dir}/sub/../log.db`
    await expect(world.startFeed({ viewFile })).rejects.toThrow('a file of their own')
    expect(await world.log.position()).toBe(2)
  })

  test('that is ahead of the log is refused, with what to do, and left as it is', async () => {
    await commitMany(10)
    const first = await world.startFeed()
    await first.level()
    await first.close()
    const otherFile = join(world.dir, 'older.db')
    const older = await openSqliteLog({ file: otherFile })
    await commitUser(older, 'acme', 'u1', newUser('u1', 'older'))
    await older.close()

    const start = world.startFeed({ logFile: otherFile })
    await expect(start).rejects.toThrow(ViewsUnavailable)
    await expect(start).rejects.toThrow(/has applied 20 events, but its log ends at 2.*rollcall restore/)
    const again = await world.startFeed()
    await again.level()
    expect(await username(again, 'u1')).toBe('u1')
  })

  test('cannot be had without a log', async () => {
    await expect(world.startFeed({ logFile: join(world.dir, 'nowhere.db') })).rejects.toThrow()
  })
})

test('an event of a newer release holds up its own stream alone', async () => {
  const { stream } = await commit('u1', 'ann')
  const later = await commitUser(world.log, 'acme', 'u1', rename('u1', 'anna'))
  const other = await commit('u2', 'bob')
  const db = new DatabaseSync(world.logFile)
  db.prepare('UPDATE event SET version = 99 WHERE position = ?').run(later.position)
  db.close()

  const feed = await world.startFeed()
  await feed.level()
  expect(feed.position).toBe(other.position)
  expect(await username(feed, 'u2')).toBe('bob')
  expect(await username(feed, 'u1')).toBe('ann')
  expect(feed.stats().quarantinedStreams).toBe(1)
  expect(await feed.reach(vectorOf([stream, later.seq]), 50)).toBe(false)
})
