import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { vectorAt, vectorOf } from '../../src/domain/token.ts'
import { openJournal } from '../../src/feed/journal.ts'
import { levelViews } from '../../src/feed/shared/levelViews.ts'
import { ViewsSuperseded } from '../../src/views/ViewStore.ts'
import { dynamoDbOrSkip } from '../support/dynamodb.ts'
import { postgresOrSkip } from '../support/postgres.ts'
import { commitUser, freshTenant, newUser, rename } from './commits.ts'
import { usernameOf } from './localWorld.ts'
import { type SharedGateway, SharedWorld } from './sharedWorld.ts'

const SOON_MS = 15_000

const dynamodb = await dynamoDbOrSkip()
const postgres = await postgresOrSkip()

describe.skipIf(dynamodb === null || postgres === null)(
  'generations in PostgreSQL',
  { timeout: 60_000 },
  () => {
    let world: SharedWorld
    let tenant: string
    beforeEach(async () => {
      if (dynamodb === null || postgres === null) return
      world = await SharedWorld.open(dynamodb, postgres)
      tenant = freshTenant()
    })
    afterEach(() => world.close())

    /** Writes by one gateway, and sees it there. */
    async function write({ log, feed, views }: SharedGateway, id: string, name = id): Promise<void> {
      const { stream, seq } = await commitUser(log, tenant, id, newUser(id, name))
      expect(await feed.reach(vectorOf([stream, seq]), SOON_MS)).toBe(true)
      expect(await usernameOf(views, tenant, id)).toBe(name)
    }

    /** Builds the next generation beside the one that serves, and lets it serve. */
    async function succeed({ log, kept, generations, open }: SharedGateway): Promise<number> {
      const number = await generations.begin()
      const next = await open(number)
      await levelViews({ log, kept, writer: next.writer })
      await next.close()
      await generations.finish(number)
      expect(await generations.serve(number)).toBe(true)
      return number
    }

    /** Until the gateway is done; it is never shown less than before. */
    async function readUntil({ views }: SharedGateway, isDone: () => boolean): Promise<void> {
      for (let last = 0; !isDone(); ) {
        const [seq = 0] = await views.applied([`${tenant}/user/busy` as never])
        expect(seq).toBeGreaterThanOrEqual(last)
        last = seq
      }
    }

    /** The changes of the tenant as a gateway's followers are told of them; each can be seen there by then. */
    async function follow({ kept, feed, views }: SharedGateway, isLast: (name: string) => boolean) {
      const told: string[] = []
      for await (const message of openJournal(kept, feed).tail(tenant, 0, new AbortController())) {
        for (const { event, stream, seq } of message.kind === 'changes' ? message.events : []) {
          expect((await views.applied([stream]))[0]).toBeGreaterThanOrEqual(seq)
          told.push(`${stream} ${seq}`)
          if (event.type === 'SetUsername' && isLast(event.username)) return told
        }
      }
      return told
    }

    test('gateways that are written to, read and followed go over to the next, and back; nobody is shown less', async () => {
      const [one, two] = [await world.startGateway(), await world.startGateway()]
      await write(one, 'busy')
      const followed = [one, two].map((gateway) => follow(gateway, (name) => name === 'last'))
      let isStopped = false
      const writing = [one, two].map(async (gateway, i) => {
        for (let n = 0; !isStopped; n++) await write(gateway, `w${i}-${n}`)
      })
      const reading = [one, two].map((gateway) => readUntil(gateway, () => isStopped))
      const renaming = (async () => {
        for (let n = 0; !isStopped; n++) {
          const { stream, seq } = await commitUser(one.log, tenant, 'busy', rename('busy', `n${n}`))
          await two.feed.reach(vectorOf([stream, seq]), SOON_MS)
        }
      })()
      const next = await succeed(one)
      await expect.poll(() => [one.feed.generation, two.feed.generation]).toEqual([next, next])
      await expect.poll(() => one.generations.reopen(1)).toBe(true)
      const first = await one.open(1)
      await levelViews({ ...one, writer: first.writer })
      await first.close()
      expect(await one.generations.serve(1)).toBe(true)
      await expect.poll(() => [one.feed.generation, two.feed.generation]).toEqual([1, 1])
      isStopped = true
      await Promise.all([...writing, ...reading, renaming])
      await write(two, 'last')

      const [here = [], there = []] = await Promise.all(followed)
      expect(there).toEqual(here)
      expect(new Set(here).size).toBe(here.length)
    })

    test('views in whose place others serve take nothing any more, and whoever waits is shown it by the others', async () => {
      const gateway = await world.startGateway()
      await write(gateway, 'before')
      const old = await gateway.open(1)
      await gateway.feed.controls.hold()
      await succeed(gateway)
      const { stream, seq } = await commitUser(gateway.log, tenant, 'after', newUser('after', 'after'))
      const events = await gateway.log.read(stream, 0, 10)
      await expect(old.writer.apply(events)).rejects.toBeInstanceOf(ViewsSuperseded)
      expect(await old.views.applied([stream])).toEqual([0])
      expect(await gateway.kept.scanTenant(tenant, 2, 10)).toEqual([])
      await gateway.feed.controls.release()
      expect(await gateway.feed.reach(vectorOf([stream, seq]), SOON_MS)).toBe(true)
      expect(await usernameOf(gateway.views, tenant, 'after')).toBe('after')
      await old.close()
    })

    test('what is read by a server, or serves, is not dropped; what was dropped does not come back', async () => {
      const gateway = await world.startGateway()
      const { generations } = gateway
      expect(await generations.drop(1)).toBe(false)
      const next = await succeed(gateway)
      expect(await generations.drop(next)).toBe(false)
      await expect.poll(() => gateway.feed.generation).toBe(next)
      const reader = await gateway.open(1)
      expect(await generations.drop(1)).toBe(false)
      await reader.close()
      await expect.poll(() => generations.drop(1)).toBe(true)
      expect(await generations.serve(1)).toBe(false)
      expect(await generations.list()).toMatchObject([{ number: next, isServing: true }])
      expect(await generations.begin()).toBe(next + 1)
      expect(await generations.serve(next + 1)).toBe(false)
    })

    describe('of two releases, beside each other', () => {
      const OLD = { version: 1_000 }
      const NEW = { version: 1_001 }

      test('each is shown what the other has written, and its followers are told of it, each change once', async () => {
        const troubles: unknown[] = []
        const old = await world.startGateway({ ...OLD, onTrouble: (error) => void troubles.push(error) })
        for (let n = 0; n < 20; n++) await write(old, `before-${n}`)
        const position = old.feed.position
        const following = [follow(old, (name) => name === 'last')]
        const next = await world.startGateway({ ...NEW, onTrouble: (error) => void troubles.push(error) })
        let isStopped = false
        const writing = (async () => {
          for (let n = 0; !isStopped; n++) await write(old, `meanwhile-${n}`)
        })()
        await levelViews({ ...next, writer: next.writer })
        await expect.poll(() => next.feed.position).toBeGreaterThanOrEqual(position)
        following.push(follow(next, (name) => name === 'last'))
        for (let n = 0; n < 10; n++) await write(next, `by-the-new-${n}`)
        isStopped = true
        await writing
        await write(next, 'last')

        const [here = [], there = []] = await Promise.all(following)
        expect(there).toEqual(here)
        expect(new Set(here).size).toBe(here.length)
        expect(await usernameOf(old.views, tenant, 'by-the-new-9')).toBe('by-the-new-9')
        expect(await usernameOf(next.views, tenant, 'before-19')).toBe('before-19')
        expect(troubles).toEqual([])
      })

      test('a place in the journal that one tells of is reached on the other', async () => {
        const [old, next] = [await world.startGateway(OLD), await world.startGateway(NEW)]
        await write(next, 'ann')
        expect(await old.feed.reach(vectorAt(next.feed.position), SOON_MS)).toBe(true)
        expect(await usernameOf(old.views, tenant, 'ann')).toBe('ann')
      })

      test('a rebuild of one leaves the other as it is', async () => {
        const [old, next] = [await world.startGateway(OLD), await world.startGateway(NEW)]
        await write(old, 'ann')
        const number = await succeed(next)
        await expect.poll(() => next.feed.generation).toBe(number)
        await write(old, 'bob')
        expect(old.feed.generation).toBe(1)
        expect(await old.generations.serving()).toBe(1)
        await expect.poll(() => usernameOf(next.views, tenant, 'bob')).toBe('bob')
      })

      test('how far the one that is behind lags is told, until it is not', async () => {
        const [old, next] = [await world.startGateway(OLD), await world.startGateway(NEW)]
        await old.feed.controls.pause()
        await write(next, 'ann')
        await expect.poll(() => old.feed.stats().lagMs).toBeGreaterThan(0)
        expect(old.feed.stats()).toMatchObject({ position: 0, logPosition: 2 })
        const isLevel = { position: 2, logPosition: 2, lagMs: 0 }
        await expect.poll(() => next.feed.stats()).toMatchObject(isLevel)
        await old.feed.controls.resume()
        await expect.poll(() => old.feed.stats()).toMatchObject(isLevel)
      })
    })

    test('what was waited for in vain lags until the views have it, and is brought to them', async () => {
      const [one, two] = [await world.startGateway(), await world.startGateway()]
      await one.feed.controls.hold()
      const { stream, seq } = await commitUser(one.log, tenant, 'ann', newUser('ann', 'ann'))
      expect(await one.feed.reach(vectorOf([stream, seq]), 50)).toBe(false)
      const { lagMs } = one.feed.stats()
      expect(lagMs).toBeGreaterThan(0)
      await expect.poll(() => one.feed.stats().lagMs).toBeGreaterThan(lagMs)
      expect(two.feed.stats().lagMs).toBe(0)
      await one.feed.controls.release()
      await expect.poll(() => one.feed.stats().lagMs).toBe(0)
      expect(await usernameOf(two.views, tenant, 'ann')).toBe('ann')
    })
  },
)
