import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Event } from '../../../src/domain/events.ts'
import { fold } from '../../../src/domain/text.ts'
import type { JsonObject } from '../../../src/domain/user.ts'
import type { UserFilter, UserOrder } from '../../../src/ops/query.ts'
import type { MembershipRow, UserRow } from '../../../src/ops/rows.ts'
import { BadPageKey } from '../../../src/views/ViewStore.ts'
import { attributes, email, fullName, groupName, membership, parent, status, username } from './events.ts'
import { ANY_USER, Asker, readPages } from './queries.ts'
import { at, freshTenant, Scribe } from './Scribe.ts'
import type { OpenWorld, ViewWorld } from './world.ts'

const ORDERS: readonly UserOrder[] = ['USERNAME', 'NAME', 'EMAIL', 'CREATED_AT']

/** By code point, as every engine is to sort. */
const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

const sortValue = (row: UserRow, order: UserOrder): string =>
  order === 'CREATED_AT'
    ? row.createdAt
    : fold({ USERNAME: row.username, NAME: row.name, EMAIL: row.email }[order] ?? '')

const fits = (row: UserRow, filter: UserFilter, members: ReadonlySet<string>): boolean =>
  (filter.status === null ? row.status !== 'DELETED' : row.status === filter.status) &&
  (filter.email === null || (row.email !== null && fold(row.email) === filter.email)) &&
  (filter.usernamePrefix === null || fold(row.username).startsWith(filter.usernamePrefix)) &&
  (filter.groupId === null || (filter.groupId === 'g' && members.has(row.id))) &&
  (filter.createdAfter === null || row.createdAt > filter.createdAfter) &&
  (filter.updatedAfter === null || row.updatedAt > filter.updatedAfter) &&
  (filter.attribute === null || hasAttribute(row.attributes, filter.attribute))

const sortedIds = (rows: readonly UserRow[]): string[] => rows.map(({ id }) => id).sort()

const hasAttribute = (all: JsonObject, { name, equals }: { name: string; equals: string }): boolean =>
  ['string', 'number', 'boolean'].includes(typeof all[name]) && String(all[name]) === equals

/** Lists: every filter with every order, pages that neither repeat nor skip. */
export function listTests(open: OpenWorld): void {
  describe('lists', () => {
    let world: ViewWorld
    let scribe: Scribe
    let ask: Asker
    beforeAll(async () => {
      world = await open()
    })
    beforeEach(() => {
      scribe = new Scribe(freshTenant())
      ask = new Asker(world.reader, scribe.tenant)
    })
    afterAll(() => world.close())

    const filters: fc.Arbitrary<Partial<UserFilter>> = fc.record(
      {
        status: fc.constantFrom('ACTIVE', 'SUSPENDED', 'DELETED', null),
        email: fc.constantFrom('a@x', 'ab@x', 'none@x'),
        usernamePrefix: fc.constantFrom('a', 'ab', 'ω', '\u{10ffff}', 'zz'),
        groupId: fc.constantFrom('g', 'nobody'),
        createdAfter: fc.integer({ min: 0, max: 90 }).map(at),
        updatedAfter: fc.integer({ min: 0, max: 90 }).map(at),
        attribute: fc.record({
          name: fc.constantFrom('k', 'long', 'on'),
          equals: fc.constantFrom('1', 'true', 'x', 'null', LONG, `${LONG.slice(1)}z`),
        }),
      },
      { requiredKeys: [] },
    )

    test('any filter in any order gives the rows that fit, sorted, by pages of any size', async () => {
      const everybody = Array.from({ length: 40 }, (_, i) => `u${(i * 7) % 40}`)
      for (const [i, id] of everybody.entries())
        await world.writer.apply(scribe.record(...mixedEvents(id, i)))
      const rows = (await world.reader.users(scribe.tenant, everybody)).filter((row) => row !== null)
      const members = new Set((await ask.members('g')).rows.map(({ userId }) => userId))
      expect(rows).toHaveLength(40)
      await fc.assert(
        fc.asyncProperty(
          filters,
          fc.constantFrom(...ORDERS),
          fc.integer({ min: 1, max: 9 }),
          async (filter, order, size) => {
            const fitting = rows.filter((row) => fits(row, { ...ANY_USER, ...filter }, members))
            const listed = await readPages((page) => ask.users({ filter, order, page }), size)
            const keys = (some: readonly UserRow[]) => some.map((row) => sortValue(row, order))
            expect(keys(listed)).toEqual(keys(fitting).toSorted(compare))
            expect(sortedIds(listed)).toEqual(sortedIds(fitting))
          },
        ),
        {
          numRuns: 120,
          examples: [
            [{}, 'NAME', 3],
            [{}, 'EMAIL', 1],
            [{ attribute: { name: 'long', equals: LONG } }, 'USERNAME', 5],
            [{ attribute: { name: 'long', equals: `${LONG.slice(1)}z` } }, 'USERNAME', 5],
          ],
        },
      )
    })

    test('nothing is asked for, nothing is given, but whether there is more is told', async () => {
      await world.writer.apply(
        scribe.record(username('u', 'ann'), groupName('g', 'Gang'), membership('g', 'u')),
      )
      const none = { first: 0, after: null }
      const empty = { rows: [], cursors: [], hasNextPage: true }
      expect(await ask.users({ page: none })).toEqual(empty)
      expect(await ask.users({ search: 'ann', page: none })).toEqual(empty)
      expect(await ask.groups(null, {}, none)).toEqual(empty)
      expect(await ask.members('g', false, none)).toEqual(empty)
      expect(await ask.members('g', true, none)).toEqual(empty)
      expect(await ask.memberships('u', true, none)).toEqual(empty)
      expect(await ask.children('g', none)).toEqual({ ...empty, hasNextPage: false })
    })

    test('a page key of another list or version is refused', async () => {
      await world.writer.apply(scribe.record(username('u', 'ann'), groupName('g', 'Gang')))
      for (const after of [{ old: 1 }, [1], ['a', null], [null, 'a', 1], [1, 2, 3, 4], true]) {
        const page = { first: 1, after }
        await expect(ask.users({ page })).rejects.toThrow(BadPageKey)
        await expect(ask.users({ page, search: 'ann' })).rejects.toThrow(BadPageKey)
        await expect(ask.groups(null, {}, page)).rejects.toThrow(BadPageKey)
        await expect(ask.children('g', page)).rejects.toThrow(BadPageKey)
        await expect(ask.members('g', false, page)).rejects.toThrow(BadPageKey)
        await expect(ask.members('g', true, page)).rejects.toThrow(BadPageKey)
        await expect(ask.memberships('u', false, page)).rejects.toThrow(BadPageKey)
      }
    })

    test('while others change, come and go, an unchanged row is listed exactly once', async () => {
      await world.writer.apply(scribe.record(...[...STILL, ...MOVING].flatMap(crowdEvents)))
      const byId = <Row extends { id: string }>(rows: readonly Row[]) => rows.map(({ id }) => id)
      const byUser = (rows: readonly MembershipRow[]) => rows.map(({ userId }) => userId)
      const lists: Readonly<
        Record<string, (size: number, between: () => Promise<void>) => Promise<string[]>>
      > = {
        byUsername: async (...how) => byId(await readPages((page) => ask.users({ page }), ...how)),
        byName: async (...how) => byId(await readPages((page) => ask.users({ order: 'NAME', page }), ...how)),
        searched: async (...how) =>
          byId(await readPages((page) => ask.users({ search: 'same', page }), ...how)),
        filtered: async (...how) =>
          byId(
            await readPages((page) => ask.users({ filter: { groupId: 'g' }, order: 'NAME', page }), ...how),
          ),
        members: async (...how) => byUser(await readPages((page) => ask.members('g', false, page), ...how)),
        below: async (...how) => byUser(await readPages((page) => ask.members('g', true, page), ...how)),
        groups: async (...how) => byId(await readPages((page) => ask.groups('same', {}, page), ...how)),
        children: async (...how) => byId(await readPages((page) => ask.children('top', page), ...how)),
      }
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...Object.keys(lists)),
          fc.integer({ min: 2, max: 8 }),
          fc.infiniteStream(fc.nat(10_000)),
          async (name, size, choices) => {
            const change = async () => {
              const [pick = 0, what = 0] = [...choices.take(2)]
              await world.writer.apply(scribe.record(...changeOf(MOVING[pick % MOVING.length] ?? '', what)))
            }
            const listed = (await lists[name]?.(size, change)) ?? []
            const still = name === 'groups' || name === 'children' ? STILL.map((id) => `of-${id}`) : STILL
            expect(listed.filter((id) => still.includes(id)).toSorted()).toEqual(still.toSorted())
          },
        ),
        { numRuns: 24 },
      )
    })
  })
}

const LONG = 'y'.repeat(300)
const LETTERS = ['a', 'B', 'ab', 'ä', 'Ω', 'ﬀ', '𝒜', '\uffee', '李小', 'b c']
const letter = (i: number): string => LETTERS[i % LETTERS.length] ?? ''

/** A user with some of what a filter can ask for, by its number. */
function mixedEvents(id: string, i: number): Event[] {
  const long = i % 2 ? 'x' : LONG
  const some: readonly (Event | false)[] = [
    username(id, `${letter(i)}${i}`),
    i % 3 > 0 && email(id, `${letter(i * 3)}@x`),
    i % 4 > 0 && fullName(id, letter(i >> 1)),
    i % 5 > 0 && attributes(id, { k: i % 3, long, on: i % 2 === 0, no: null }),
    i % 2 > 0 && membership('g', id),
    i % 6 === 0 && status(id, i % 12 ? 'DELETED' : 'SUSPENDED'),
  ]
  return some.filter((event) => event !== false)
}

const STILL = Array.from({ length: 30 }, (_, i) => `s${i}`)
const MOVING = Array.from({ length: 30 }, (_, i) => `m${i}`)

const crowdEvents = (id: string, i: number): Event[] => [
  username(id, `${'abc'[i % 3]}${id}`),
  fullName(id, `same ${i % 2}`),
  membership('g', id),
  groupName(`of-${id}`, `same ${id}`),
  parent(`of-${id}`, 'top'),
]

/** Moves one to another place of some lists, into them or out of them. */
function changeOf(id: string, what: number): Event[] {
  const other = `${'abcxyz'[what % 6]}-${what}`
  const newcomer = `new-${what % 20}`
  switch (what % 4) {
    case 0:
      return [username(id, other), fullName(id, `same ${other}`)]
    case 1:
      return [membership('g', id, what % 8 === 1 ? null : 'MAINTAINER')]
    case 2:
      return [groupName(`of-${id}`, `same ${other}`), parent(`of-${id}`, what % 8 === 2 ? 'top' : null)]
    default:
      return [username(newcomer, `a${other}`), fullName(newcomer, 'same 0'), membership('g', newcomer)]
  }
}
