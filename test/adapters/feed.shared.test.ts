import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { groupStream, membersStream, profileStream, userStream } from '../../src/domain/streams.ts'
import { vectorAt, vectorOf } from '../../src/domain/token.ts'
import { openJournal } from '../../src/feed/journal.ts'
import { ViewsUnavailable } from '../../src/views/ViewStore.ts'
import { feedConformance } from '../conformance/feed.ts'
import { commitTo, commitUser, freshTenant, newUser, rename } from '../feed/commits.ts'
import { usernameOf } from '../feed/localWorld.ts'
import { type SharedGateway, SharedWorld } from '../feed/sharedWorld.ts'
import { dynamoDbOrSkip } from '../support/dynamodb.ts'
import { postgresOrSkip } from '../support/postgres.ts'

const SOON_MS = 15_000

const dynamodb = await dynamoDbOrSkip()
const postgres = await postgresOrSkip()

describe.skipIf(dynamodb === null || postgres === null)('over DynamoDB and PostgreSQL', () => {
  const openWorld = () => {
    if (dynamodb === null || postgres === null) throw new Error('an engine is not there')
    return SharedWorld.open(dynamodb, postgres)
  }

  feedConformance('shared views', { background: false }, async () => {
    const world = await openWorld()
    return { ...(await world.startGateway()), close: () => world.close() }
  })

  describe('two gateways without a synchroniser', () => {
    let world: SharedWorld
    let [here, there]: SharedGateway[] = []
    let tenant: string
    beforeEach(async () => {
      world = await openWorld()
      here = await world.startGateway()
      there = await world.startGateway()
      tenant = freshTenant()
    })
    afterEach(() => world.close())

    const gateways = () => {
      if (here === undefined || there === undefined) throw new Error('there is no gateway')
      return [here, there] as const
    }

    test('what one has written, the other shows to who holds the token, whether or not the writer applied it', async () => {
      const [a, b] = gateways()
      const { stream, seq } = await commitUser(a.log, tenant, 'u1', newUser('u1', 'ann'))
      expect(await usernameOf(b.views, tenant, 'u1')).toBeUndefined()
      expect(await b.feed.reach(vectorOf([stream, seq]), SOON_MS)).toBe(true)
      expect(await usernameOf(b.views, tenant, 'u1')).toBe('ann')
      expect(await a.feed.reach(vectorOf([stream, seq]), SOON_MS)).toBe(true)
      expect(a.feed.stats().appliedTotal).toBe(0)
    })

    test('a member that is asked for before its group, and a name before its user, can be looked at: what they are of comes first', async () => {
      const [a, b] = gateways()
      await commitUser(a.log, tenant, 'u1', newUser('u1', 'ann'))
      await commitTo(a.log, tenant, groupStream(tenant, 'g1'), [
        { type: 'SetGroupName', groupId: 'g1', name: 'Staff' },
        { type: 'SetGroupStatus', groupId: 'g1', status: 'ACTIVE' },
      ])
      const member = await commitTo(a.log, tenant, membersStream(tenant, 'g1'), [
        { type: 'SetMembership', groupId: 'g1', userId: 'u1', role: 'MEMBER' },
      ])
      const name = await commitTo(a.log, tenant, profileStream(tenant, 'u1'), [
        { type: 'SetUserName', userId: 'u1', name: 'Ann' },
      ])
      expect(await b.feed.reach(vectorOf([member.stream, 1], [name.stream, 1]), SOON_MS)).toBe(true)
      expect((await b.views.groups(tenant, ['g1']))[0]).toMatchObject({ name: 'Staff', memberCount: 1 })
      expect((await b.views.users(tenant, ['u1']))[0]).toMatchObject({ username: 'ann', name: 'Ann' })
      const told = await b.kept.scanTenant(tenant, 0, 100)
      expect(told.map(({ stream }) => stream)).toEqual([
        ...[
          groupStream(tenant, 'g1'),
          groupStream(tenant, 'g1'),
          userStream(tenant, 'u1'),
          userStream(tenant, 'u1'),
        ],
        ...[member.stream, name.stream],
      ])
    })

    test('a token of a place in the journal is good on the other one', async () => {
      const [a, b] = gateways()
      await b.feed.controls.hold()
      const { stream, seq } = await commitUser(a.log, tenant, 'u1', newUser('u1', 'ann'))
      await a.feed.reach(vectorOf([stream, seq]), SOON_MS)
      expect(await b.feed.reach(vectorAt(a.feed.position), SOON_MS)).toBe(true)
      expect(await usernameOf(b.views, tenant, 'u1')).toBe('ann')
    })

    test('held, it waits until the deadline, or for another to apply it', async () => {
      const [a, b] = gateways()
      await b.feed.controls.hold()
      const { stream, seq } = await commitUser(a.log, tenant, 'u1', newUser('u1', 'ann'))
      const wanted = vectorOf([stream, seq])
      expect(await b.feed.reach(wanted, 20)).toBe(false)
      const waiting = b.feed.reach(wanted, SOON_MS)
      await a.feed.reach(wanted, SOON_MS)
      expect(await waiting).toBe(true)
      expect(b.feed.stats().appliedTotal).toBe(0)
    })

    test('a follower on the other one is told of each change once, in order, and finds it', async () => {
      const [a, b] = gateways()
      const names = Array.from({ length: 30 }, (_, i) => `name-${i}`)
      const following = namesTold(b, tenant, names.length)
      for (const [i, name] of names.entries()) {
        const writer = i % 2 === 0 ? a : b
        const { stream, seq } = await commitUser(writer.log, tenant, 'u1', rename('u1', name))
        await writer.feed.reach(vectorOf([stream, seq]), SOON_MS)
      }
      expect(await following).toEqual(names)
    })

    test.each(['kill', 'crash'] as const)(
      'while PostgreSQL is gone (%s) whoever waits is told of trouble; once it is back everything arrives',
      async (end) => {
        const [a, b] = gateways()
        const first = await commitUser(a.log, tenant, 'u1', newUser('u1', 'ann'))
        await a.feed.reach(vectorOf([first.stream, first.seq]), SOON_MS)
        await postgres?.[end]()
        const second = await commitUser(a.log, tenant, 'u1', rename('u1', 'anna'))
        const wanted = vectorOf([second.stream, second.seq])
        await expect(a.feed.reach(wanted, 50)).rejects.toBeInstanceOf(ViewsUnavailable)
        const heard = new Promise<void>((resolve) => {
          b.feed.onApplied((position) => {
            if (position === 3) resolve()
          })
        })
        await postgres?.start()
        await expect.poll(() => a.feed.reach(wanted, SOON_MS)).toBe(true)
        await heard
        expect(await usernameOf(b.views, tenant, 'u1')).toBe('anna')
      },
    )

    test('each event is applied once, however many ask for it at the same time', async () => {
      const [a, b] = gateways()
      const writers = Array.from({ length: 60 }, async (_, i) => {
        const writer = i % 2 === 0 ? a : b
        const { stream, seq } = await commitUser(
          writer.log,
          tenant,
          `u${i % 5}`,
          rename(`u${i % 5}`, `n${i}`),
        )
        const wanted = vectorOf([stream, seq])
        expect(await Promise.all([a, b].map(({ feed }) => feed.reach(wanted, SOON_MS)))).toEqual([true, true])
      })
      await Promise.all(writers)
      const events = await a.kept.scanTenant(tenant, 0, 1_000)
      expect(new Set(events.map(({ stream, seq }) => `${stream} ${seq}`)).size).toBe(60)
      expect(events).toHaveLength(60)
      await expect.poll(() => a.feed.stats().appliedTotal + b.feed.stats().appliedTotal).toBe(60)
    })
  })
})

/** The first usernames that a follower is told of; each can be seen by then. */
async function namesTold({ kept, feed, views }: SharedGateway, tenant: string, count: number) {
  const told: string[] = []
  for await (const message of openJournal(kept, feed).tail(tenant, 0, new AbortController())) {
    for (const { event, stream, seq } of message.kind === 'changes' ? message.events : []) {
      expect((await views.applied([stream]))[0]).toBeGreaterThanOrEqual(seq)
      if (event.type === 'SetUsername') told.push(event.username)
    }
    if (told.length >= count) break
  }
  return told
}
