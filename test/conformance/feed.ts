import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { userStream } from '../../src/domain/streams.ts'
import { vectorAt, vectorOf } from '../../src/domain/token.ts'
import type { Feed } from '../../src/feed/Feed.ts'
import type { EventLog } from '../../src/log/EventLog.ts'
import type { ViewReader } from '../../src/views/ViewStore.ts'
import { commitUser, freshTenant, newUser, rename } from '../feed/commits.ts'

export interface FeedWorld {
  readonly log: EventLog
  readonly views: ViewReader
  readonly feed: Feed
  /** Closes everything, the feed too if the test has not. */
  close(): Promise<void>
}

/** Long enough for any machine; nothing waits for it unless it fails. */
const SOON_MS = 15_000

export interface FeedTraits {
  /** It brings the views what nobody asks for. A gateway's feed over shared views does not: synchronisers do. */
  readonly background: boolean
}

/** What every feed promises (src/feed/Feed.ts). */
export function feedConformance(
  engine: string,
  { background }: FeedTraits,
  open: () => Promise<FeedWorld>,
): void {
  describe(`the feed on ${engine}`, () => {
    let world: FeedWorld
    let tenant: string
    beforeEach(async () => {
      world = await open()
      tenant = freshTenant()
    })
    afterEach(() => world.close())

    const username = async (id: string) => (await world.views.users(tenant, [id]))[0]?.username

    test('what was committed is reached, and then seen', async () => {
      const { stream, seq } = await commitUser(world.log, tenant, 'u1', newUser('u1', 'ann'))
      expect(await world.feed.reach(vectorOf([stream, seq]), SOON_MS)).toBe(true)
      expect(await username('u1')).toBe('ann')
    })

    test.runIf(background)('without anyone asking, it arrives as well', async () => {
      const arrived = new Promise<void>((resolve) => {
        world.feed.onApplied(async () => {
          if ((await username('u1')) === 'ann') resolve()
        })
      })
      await commitUser(world.log, tenant, 'u1', newUser('u1', 'ann'))
      await arrived
    })

    test('many writers each see their own write at once', async () => {
      const writers = Array.from({ length: 40 }, async (_, i) => {
        const id = `u${i % 8}`
        const { stream, seq, position } = await commitUser(world.log, tenant, id, newUser(id, `name-${i}`))
        world.feed.notice(position)
        expect(await world.feed.reach(vectorOf([stream, seq]), SOON_MS)).toBe(true)
        expect((await world.views.applied([stream]))[0]).toBeGreaterThanOrEqual(seq)
      })
      await Promise.all(writers)
    })

    test('a vector of several streams is reached when all of them are', async () => {
      const one = await commitUser(world.log, tenant, 'u1', newUser('u1', 'ann'))
      const two = await commitUser(world.log, tenant, 'u2', newUser('u2', 'bob'))
      const both = vectorOf([one.stream, one.seq], [two.stream, two.seq])
      expect(await world.feed.reach(both, SOON_MS)).toBe(true)
      expect(await Promise.all([username('u1'), username('u2')])).toEqual(['ann', 'bob'])
      const beyond = vectorOf([one.stream, one.seq], [two.stream, two.seq + 1])
      expect(await world.feed.reach(beyond, 20)).toBe(false)
    })

    test('a reached vector is covered by the position, and that is reached too', async () => {
      const { stream, seq } = await commitUser(world.log, tenant, 'u1', newUser('u1', 'ann'))
      await world.feed.reach(vectorOf([stream, seq]), SOON_MS)
      const { position } = world.feed
      expect(position).toBeGreaterThan(0)
      expect(await world.feed.reach(vectorAt(position), 0)).toBe(true)
      expect(await world.feed.reach(vectorAt(position + 1_000), 20)).toBe(false)
    })

    test('what nobody has written yet is waited for', async () => {
      const stream = userStream(tenant, 'u1')
      expect(await world.feed.reach(vectorOf([stream, 1]), 20)).toBe(false)
      const waiting = world.feed.reach(vectorOf([stream, 3]), SOON_MS)
      await commitUser(world.log, tenant, 'u1', newUser('u1', 'ann'))
      await commitUser(world.log, tenant, 'u1', rename('u1', 'anna'))
      expect(await waiting).toBe(true)
      expect(await username('u1')).toBe('anna')
    })

    test('listeners hear rising positions, of what can be seen, until they stop', async () => {
      const heard: number[] = []
      const stopped: number[] = []
      const tenants = new Set<string>()
      const stop = world.feed.onApplied((position) => stopped.push(position))
      stop()
      const seen = new Promise<void>((resolve) => {
        world.feed.onApplied(async (position, touched) => {
          expect(world.feed.position).toBeGreaterThanOrEqual(position)
          heard.push(position)
          for (const name of touched ?? [tenant]) tenants.add(name)
          if ((await username('u9')) === 'name-9') resolve()
        })
      })
      for (let i = 0; i < 10; i++) {
        const user = await commitUser(world.log, tenant, `u${i}`, newUser(`u${i}`, `name-${i}`))
        world.feed.notice(user.position)
        if (!background) await world.feed.reach(vectorOf([user.stream, user.seq]), SOON_MS)
      }
      await seen
      expect(heard).toEqual([...new Set(heard)].sort((a, b) => a - b))
      expect(tenants).toContain(tenant)
      expect(stopped).toEqual([])
    })

    test('statistics tell how far it is', async () => {
      const before = world.feed.stats().appliedTotal
      const { stream, seq } = await commitUser(world.log, tenant, 'u1', newUser('u1', 'ann'))
      await world.feed.reach(vectorOf([stream, seq]), SOON_MS)
      await expect.poll(() => world.feed.stats().appliedTotal).toBeGreaterThanOrEqual(before + 2)
      const stats = world.feed.stats()
      expect(stats.position).toBe(world.feed.position)
      expect(stats.logPosition).toBe(stats.position)
      expect(stats.lagMs).toBe(0)
      expect(stats.quarantinedStreams).toBe(0)
    })

    test('closing tells those who wait', async () => {
      const waiting = world.feed.reach(vectorOf([userStream(tenant, 'nobody'), 1]), SOON_MS)
      const closed = new Promise((resolve) => world.feed.closed.addEventListener('abort', resolve))
      await world.feed.close()
      await closed
      expect(await waiting).toBe(false)
      expect(await world.feed.reach(vectorOf([userStream(tenant, 'nobody'), 1]), SOON_MS)).toBe(false)
      await world.feed.close()
    })
  })
}
