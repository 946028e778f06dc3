import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Event, RecordedEvent } from '../../../src/domain/events.ts'
import { membersStream, profileStream, userStream } from '../../../src/domain/streams.ts'
import { countMembers } from '../../../src/ops/query.ts'
import { plainRows } from '../../support/plainRows.ts'
import {
  attributes,
  deleteGroup,
  email,
  fullName,
  groupName,
  membership,
  parent,
  status,
  username,
} from './events.ts'
import { Asker } from './queries.ts'
import { freshTenant, Scribe } from './Scribe.ts'
import type { OpenWorld, ViewWorld } from './world.ts'

const USERS = ['u0', 'u1', 'u2', 'u3']
const GROUPS = ['g0', 'g1', 'g2']

const user = fc.constantFrom(...USERS)
const group = fc.constantFrom(...GROUPS)
const word = fc.constantFrom('ann', 'bob', 'Cid', 'ann oh')
const change: fc.Arbitrary<Event> = fc.oneof(
  fc.tuple(user, word).map(([id, text]) => username(id, text)),
  fc.tuple(user, fc.option(word)).map(([id, text]) => email(id, text)),
  fc.tuple(user, fc.option(word)).map(([id, text]) => fullName(id, text)),
  fc.tuple(user, word).map(([id, text]) => attributes(id, { text })),
  fc.tuple(user, fc.constantFrom('SUSPENDED' as const, 'DELETED' as const)).map(([id, to]) => status(id, to)),
  fc.tuple(group, word).map(([id, text]) => groupName(id, text)),
  fc.tuple(group, fc.option(group)).map(([id, above]) => parent(id, above)),
  group.map(deleteGroup),
  ...Array.from({ length: 4 }, () =>
    fc
      .tuple(group, user, fc.constantFrom('MEMBER' as const, 'MAINTAINER' as const, null))
      .map(([id, userId, role]) => membership(id, userId, role)),
  ),
)

/** Another order that keeps each stream's own, in other batches: `choices` picks the stream that goes on. */
function interleave(events: readonly RecordedEvent[], choices: readonly number[]): RecordedEvent[] {
  const queues = [...Map.groupBy(events, ({ stream }) => stream).values()]
  return events.map((_, i) => {
    const open = queues.filter(({ length }) => length > 0)
    const next = open[(choices[i] ?? 0) % open.length]?.shift()
    if (next === undefined) throw new Error('as many events come out as went in')
    return next
  })
}

/** Streams of different entities come in no order: whatever is applied first, the rows are the same in the end. */
export function commuteTests(open: OpenWorld): void {
  describe('streams commute', () => {
    let world: ViewWorld
    beforeAll(async () => {
      world = await open()
    })
    afterAll(() => world.close())

    const inBatches = async (events: readonly RecordedEvent[], size: number) => {
      for (let at = 0; at < events.length; at += size) await world.writer.apply(events.slice(at, at + size))
    }

    /** Everything that a tenant's views say, without the order of equals. */
    const everything = async (tenant: string) => {
      const ask = new Asker(world.reader, tenant)
      const sorted = <Row extends { id: string }>(rows: readonly Row[]) =>
        rows.toSorted((a, b) => a.id.localeCompare(b.id))
      const each = <Answer>(ids: readonly string[], question: (id: string) => Promise<Answer>) =>
        Promise.all(ids.map(question))
      const streams = [
        ...USERS.map((id) => userStream(tenant, id)),
        ...USERS.map((id) => profileStream(tenant, id)),
      ]
      return {
        users: plainRows(await world.reader.users(tenant, USERS)),
        groups: await world.reader.groups(tenant, GROUPS),
        listed: sorted((await ask.users()).rows),
        deleted: sorted((await ask.users({ filter: { status: 'DELETED' } })).rows),
        red: sorted((await ask.users({ filter: { attribute: { name: 'text', equals: 'ann' } } })).rows),
        searched: sorted((await ask.users({ search: 'nn' })).rows),
        groupsSearched: sorted((await ask.groups('b')).rows),
        children: await each(GROUPS, async (id) => sorted((await ask.children(id)).rows)),
        members: await each(GROUPS, (id) => ask.members(id)),
        below: await each(GROUPS, (id) => ask.members(id, true)),
        memberships: await each(USERS, (id) => ask.memberships(id)),
        above: await each(USERS, (id) => ask.memberships(id, true)),
        counts: await world.reader.countMembers(tenant, GROUPS.map(countMembers)),
        applied: await world.reader.applied([...streams, ...GROUPS.map((id) => membersStream(tenant, id))]),
      }
    }

    test('in any interleaving and any batches', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(change, { maxLength: 40, size: 'max' }),
          fc.array(fc.nat(100), { minLength: 40, maxLength: 40 }),
          fc.integer({ min: 1, max: 12 }),
          async (changes, choices, size) => {
            const [one, two] = [new Scribe(freshTenant()), new Scribe(freshTenant())]
            await inBatches(one.record(...changes), 40)
            await inBatches(interleave(two.record(...changes), choices), size)
            expect(await everything(two.tenant)).toEqual(await everything(one.tenant))
          },
        ),
        { numRuns: 60 },
      )
    })
  })
}
