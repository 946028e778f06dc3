import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Event } from '../../../src/domain/events.ts'
import { fold } from '../../../src/domain/text.ts'
import type { UserFilter } from '../../../src/ops/query.ts'
import type { UserRow } from '../../../src/ops/rows.ts'
import { attributes, email, fullName, groupName, membership, parent, status, username } from './events.ts'
import { Asker, readPages } from './queries.ts'
import { freshTenant, Scribe } from './Scribe.ts'
import type { OpenWorld, ViewWorld } from './world.ts'

/** What breaks searches: operators, quotes, wildcards, scripts without spaces, surrogate pairs, marks, what folds to several. */
const character = fc.constantFrom(
  ...[
    'a',
    'b',
    'n',
    'N',
    'A',
    '1',
    ' ',
    '.',
    '@',
    '-',
    '_',
    '+',
    '"',
    "'",
    '%',
    '*',
    '^',
    '~',
    '(',
    ')',
    ':',
    '\\',
    '/',
  ],
  ...[
    '\0',
    'ß',
    'İ',
    'É',
    'e\u0301',
    'ﬃ',
    'ς',
    'Ж',
    '李',
    '小',
    '王',
    '\u{20bb7}',
    '𝒜',
    '😀',
    '\u200d',
    '\ue061',
    '\uffff',
  ],
)
const texts = fc.string({ unit: character, minLength: 1, maxLength: 12 })
const terms = fc.string({ unit: character, minLength: 1, maxLength: 5 })
const word = fc.constantFrom('ann', 'anna', 'joanna', 'anna-lena', 'nan', '李小', 'an na', 'N.A.')

/** The ranks, told a second time: see src/ops/query.ts (best match first). */
function rankOf(folded: readonly string[], term: string): number | null {
  const pattern = term.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  const inWord = new RegExp(`(?<![\\p{L}\\p{N}\\p{M}])${pattern}`, 'u')
  const ranks = [
    folded.some((text) => text === term),
    ...folded.map((text) => text.startsWith(term)),
    folded.some((text) => inWord.test(text)),
    folded.some((text) => text.includes(term)),
  ]
  const rank = ranks.indexOf(true)
  return rank < 0 ? null : rank
}

const sortedIds = (rows: readonly UserRow[]): string[] => rows.map(({ id }) => id).sort()

const userTexts = (row: UserRow) => [row.username, row.name, row.email].map((text) => fold(text ?? ''))

/** Any part of username, name or email; every character is only a character; best match first. */
export function searchTests(open: OpenWorld): void {
  describe('search', () => {
    let world: ViewWorld
    beforeAll(async () => {
      world = await open()
    })
    afterAll(() => world.close())

    /** Terms that are likely to be found: pieces of the texts themselves. */
    const pieceOf = (some: readonly string[], from: number, size: number): string => {
      const chars = Array.from(fold(some[from % some.length] ?? ''))
      const start = chars.length === 0 ? 0 : from % chars.length
      return chars.slice(start, start + size).join('')
    }

    const person = fc.record({
      username: fc.oneof(texts, word),
      name: fc.option(fc.oneof(texts, word)),
      email: fc.option(texts),
    })
    const lookup = fc.oneof(terms, word, fc.tuple(fc.nat(1_000), fc.integer({ min: 1, max: 6 })))

    test('users: finds exactly what contains the term, in the order of the ranks, page by page', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(person, { minLength: 1, maxLength: 12 }),
          fc.array(lookup, { minLength: 1, maxLength: 6 }),
          fc.integer({ min: 1, max: 5 }),
          async (people, lookups, size) => {
            const scribe = new Scribe(freshTenant())
            const ask = new Asker(world.reader, scribe.tenant)
            await world.writer.apply(
              people.flatMap((one, i) =>
                scribe.record(
                  username(`u${i}`, one.username),
                  email(`u${i}`, one.email),
                  fullName(`u${i}`, one.name),
                ),
              ),
            )
            const everybody = people.map((_, i) => `u${i}`)
            const rows = (await world.reader.users(scribe.tenant, everybody)).filter((row) => row !== null)
            expect(rows).toHaveLength(people.length)
            const written = rows.flatMap(userTexts)
            const folded = lookups.map((wanted) =>
              typeof wanted === 'string' ? fold(wanted) : pieceOf(written, ...wanted),
            )
            for (const term of folded.filter((text) => text !== '')) {
              const found = await readPages((page) => ask.users({ search: term, page }), size)
              const matching = rows.filter((row) => rankOf(userTexts(row), term) !== null)
              expect(sortedIds(found), term).toEqual(sortedIds(matching))
              const ranks = found.map((row) => rankOf(userTexts(row), term) ?? Number.NaN)
              expect(ranks, term).toEqual(ranks.toSorted((a, b) => a - b))
            }
          },
        ),
        { numRuns: 120 },
      )
    })

    test('users: the same in a crowd, where every term has many matches', async () => {
      const scribe = new Scribe(freshTenant())
      const ask = new Asker(world.reader, scribe.tenant)
      const crowd = Array.from({ length: 400 }, (_, i) => `u${i}`)
      await world.writer.apply(crowd.flatMap((id, i) => scribe.record(...memberOfCrowd(id, i))))
      const rows = (await world.reader.users(scribe.tenant, crowd)).filter((row) => row !== null)
      const syllables = fc.array(fc.constantFrom(...SYLLABLES), { minLength: 1, maxLength: 3 })
      await fc.assert(
        fc.asyncProperty(
          syllables,
          fc.nat(3),
          fc.integer({ min: 20, max: 150 }),
          fc.option(fc.constantFrom('SUSPENDED' as const, 'ACTIVE' as const)),
          async (parts, skipped, size, only) => {
            const term =
              Array.from(fold(parts.join('')))
                .slice(skipped)
                .join('') || 'n'
            const filter = { status: only }
            const matching = rows
              .filter((row) => only === null || row.status === only)
              .filter((row) => rankOf(userTexts(row), term) !== null)
            const found = await readPages((page) => ask.users({ search: term, filter, page }), size)
            expect(sortedIds(found), term).toEqual(sortedIds(matching))
            const ranks = found.map((row) => rankOf(userTexts(row), term) ?? Number.NaN)
            expect(ranks, term).toEqual(ranks.toSorted((a, b) => a - b))
          },
        ),
        { numRuns: 80, examples: [[['an'], 0, 20, null]] },
      )
    })

    test('groups: the same, by name', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof(texts, word), { minLength: 1, maxLength: 12 }),
          terms,
          async (names, some) => {
            const scribe = new Scribe(freshTenant())
            const ask = new Asker(world.reader, scribe.tenant)
            await world.writer.apply(names.flatMap((name, i) => scribe.record(groupName(`g${i}`, name))))
            for (const term of [fold(some), pieceOf(names, 7, 3), pieceOf(names, 11, 2)]) {
              if (term === '') continue
              const ranks = (await readPages((page) => ask.groups(term, {}, page), 3)).map(({ name }) =>
                rankOf([fold(name)], term),
              )
              const wanted = names.map((name) => rankOf([fold(name)], term)).filter((rank) => rank !== null)
              expect(ranks, term).toEqual(wanted.toSorted((a, b) => a - b))
            }
          },
        ),
        { numRuns: 60 },
      )
    })

    test('best match first', async () => {
      const scribe = new Scribe(freshTenant())
      const ask = new Asker(world.reader, scribe.tenant)
      const people: readonly (readonly [id: string, username: string, name: string, email: string | null])[] =
        [
          ['inside', 'x1', 'Joanna', null],
          ['word', 'x2', 'Mary Ann', null],
          ['email-prefix', 'x3', 'Zoe', 'ann3@x'],
          ['name-prefix', 'x4', 'Annabel', null],
          ['username-prefix', 'ann5', 'Zoe', null],
          ['exact-name', 'x6', 'ANN', null],
          ['none', 'x7', 'An N', 'a.nn@x'],
        ]
      for (const [id, name, full, address] of people) {
        await world.writer.apply(scribe.record(username(id, name), fullName(id, full), email(id, address)))
      }
      const found = await readPages((page) => ask.users({ search: 'ann', page }), 2)
      expect(found.map(({ id }) => id)).toEqual([
        'exact-name',
        'username-prefix',
        'name-prefix',
        'email-prefix',
        'word',
        'inside',
      ])
    })

    test('what was renamed is found by its new name only', async () => {
      const scribe = new Scribe(freshTenant())
      const ask = new Asker(world.reader, scribe.tenant)
      await world.writer.apply(scribe.record(username('u', 'first'), groupName('g', 'Oldest')))
      await world.writer.apply(scribe.record(username('u', 'second'), groupName('g', 'Newest')))
      expect((await ask.users({ search: 'irs' })).rows).toHaveLength(0)
      expect((await ask.users({ search: 'eco' })).rows).toHaveLength(1)
      expect((await ask.groups('old')).rows).toHaveLength(0)
      expect((await ask.groups('wes')).rows).toHaveLength(1)
    })

    test('search and filter together, for users and for groups', async () => {
      const scribe = new Scribe(freshTenant())
      const ask = new Asker(world.reader, scribe.tenant)
      const numbers = Array.from({ length: 60 }, (_, i) => i)
      for (const i of numbers) await world.writer.apply(scribe.record(...annaEvents(i)))
      const found = async (filter: Partial<UserFilter>) => {
        const rows = await readPages((page) => ask.users({ search: 'anna', filter, page }), 4)
        return rows.map(({ id }) => Number(id.slice(1)))
      }
      // Odd ones begin with the term and come by username; the others contain it and come by age, which here is by id.
      const ranked = (fits: (i: number) => boolean) => {
        const begin = numbers.filter((i) => i % 2 === 1 && fits(i)).sort((a, b) => (`${a}` < `${b}` ? -1 : 1))
        return [...begin, ...numbers.filter((i) => i % 2 === 0 && fits(i))]
      }
      const there = (i: number) => i % 14 !== 0
      expect(await found({})).toEqual(ranked(there))
      expect(await found({ groupId: 'h' })).toEqual(ranked((i) => there(i) && i % 5 === 0))
      expect(await found({ status: 'SUSPENDED' })).toEqual(ranked((i) => there(i) && i % 7 === 0))
      expect(await found({ status: 'DELETED' })).toEqual(ranked((i) => !there(i)))
      expect(await found({ email: 'u09@x' })).toEqual([9])
      const thirdJo = { attribute: { name: 'third', equals: 'true' }, usernamePrefix: 'jo' }
      expect(await found(thirdJo)).toEqual(ranked((i) => there(i) && i % 6 === 0))
      expect(await readPages((page) => ask.groups('nna', { parentId: 'h' }, page), 5)).toHaveLength(12)
      expect((await ask.groups('anna', { userId: 'u01' })).rows).toEqual([])
    })
  })
}

const SYLLABLES = ['an', 'na', 'n', '.', ' ', '李', '小', '😀', '%']

/** A user whose texts are made of few syllables, by its number. */
function memberOfCrowd(id: string, i: number): Event[] {
  const text = (seed: number) =>
    [seed, seed >> 2, seed >> 3, seed >> 5].map((n) => SYLLABLES[n % SYLLABLES.length]).join('')
  if (i % 50 === 0) return [username(id, 'an'), fullName(id, 'an'), email(id, 'an')]
  const events = [
    username(id, text(i * 7)),
    fullName(id, i % 3 ? text(i * 13) : null),
    email(id, i % 4 ? text(i * 29) : null),
  ]
  return i % 5 ? events : [...events, status(id, 'SUSPENDED')]
}

function annaEvents(i: number): Event[] {
  const id = `u${String(i).padStart(2, '0')}`
  const group = i % 5 ? 'g' : 'h'
  const events = [
    username(id, `${i % 2 ? 'anna' : 'joanna'}${i}`),
    email(id, `${id}@x`),
    attributes(id, { third: i % 3 === 0 }),
    membership(group, id),
    groupName(`of-${id}`, `Anna's ${i}`),
    parent(`of-${id}`, group),
  ]
  return i % 7 ? events : [...events, status(id, i % 14 ? 'SUSPENDED' : 'DELETED')]
}
