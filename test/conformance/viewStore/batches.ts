import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { membersStream, userStream } from '../../../src/domain/streams.ts'
import {
  countMembers,
  getMembership,
  isMember,
  listApiKeys,
  listChildren,
  listMembers,
  listMemberships,
  type PageArgs,
} from '../../../src/ops/query.ts'
import type { ViewReader } from '../../../src/views/ViewStore.ts'
import { plainRows } from '../../support/plainRows.ts'
import { apiKey, email, fullName, groupName, membership, parent, status, username } from './events.ts'
import { Asker } from './queries.ts'
import { freshTenant, Scribe } from './Scribe.ts'
import type { OpenWorld, ViewWorld } from './world.ts'

const PAGE: PageArgs = { first: 3, after: null }
const USERS = 60
const GROUPS = 12
const user = (n: number): string => `u${n}`
const group = (n: number): string => `g${n % GROUPS}`
const odd = (n: number): boolean => n % 2 === 1

/** Every read that takes keys, here numbers. */
const READS: Readonly<
  Record<string, (reader: ViewReader, tenant: string, keys: readonly number[]) => Promise<readonly unknown[]>>
> = {
  users: async (reader, tenant, keys) => plainRows(await reader.users(tenant, keys.map(user))),
  usersByUsername: async (reader, tenant, keys) =>
    plainRows(await reader.usersByUsername(tenant, keys.map(user))),
  usersByEmail: async (reader, tenant, keys) => {
    const addresses = keys.map((n) => `${user(n)}@x`)
    return plainRows(await reader.usersByEmail(tenant, addresses))
  },
  groups: (reader, tenant, keys) => reader.groups(tenant, keys.map(group)),
  groupsByName: (reader, tenant, keys) => reader.groupsByName(tenant, keys.map(group)),
  listChildren: (reader, tenant, keys) =>
    reader.listChildren(
      tenant,
      keys.map((n) => listChildren(group(n), PAGE)),
    ),
  memberships: (reader, tenant, keys) =>
    reader.memberships(
      tenant,
      keys.map((n) => getMembership(group(n), user(n))),
    ),
  listMembers: (reader, tenant, keys) =>
    reader.listMembers(
      tenant,
      keys.map((n) => listMembers(group(n), odd(n), PAGE)),
    ),
  listMemberships: (reader, tenant, keys) =>
    reader.listMemberships(
      tenant,
      keys.map((n) => listMemberships(user(n), odd(n), PAGE)),
    ),
  countMembers: (reader, tenant, keys) =>
    reader.countMembers(
      tenant,
      keys.map((n) => countMembers(group(n))),
    ),
  isMember: (reader, tenant, keys) =>
    reader.isMember(
      tenant,
      keys.map((n) => isMember(group(n + 4), user(n), odd(n))),
    ),
  apiKeys: (reader, tenant, keys) =>
    reader.apiKeys(
      tenant,
      keys.map((n) => listApiKeys(user(n))),
    ),
  tenants: (reader, tenant, keys) => reader.tenants(keys.map((n) => (odd(n) ? tenant : user(n)))),
  applied: (reader, tenant, keys) =>
    reader.applied(keys.map((n) => (odd(n) ? userStream(tenant, user(n)) : membersStream(tenant, group(n))))),
}

/** Rule 5 and the reader's promise about batches; and rows that are kept, but never out of date. */
export function batchTests(open: OpenWorld): void {
  describe('batches and what is kept', () => {
    let world: ViewWorld
    let scribe: Scribe
    beforeEach(async () => {
      world = await open()
      scribe = new Scribe(freshTenant())
      const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)
      await world.writer.apply([
        ...numbers(USERS).flatMap((n) =>
          scribe.record(
            username(user(n), user(n)),
            email(user(n), `${user(n)}@x`),
            membership(group(n), user(n)),
            apiKey(user(n), `key-${n}`),
          ),
        ),
        ...numbers(GROUPS).flatMap((n) =>
          scribe.record(groupName(group(n), group(n)), parent(group(n), n < 4 ? null : group(n % 4))),
        ),
      ])
    })
    afterEach(() => world.close())

    test.each(Object.entries(READS))('%s: a batch costs the statements of a few keys', async (_, read) => {
      const { reader } = world
      const count = async (keys: readonly number[]) => {
        const before = world.statements()
        const answers = await read(reader, scribe.tenant, keys)
        return { answers, statements: world.statements() - before }
      }
      // The first question of all may cost more: it finds the tenant.
      await reader.users(scribe.tenant, ['unheard of'])
      const few = await count([998, 999, 1])
      const keys = [999, ...Array.from({ length: USERS }, (_, n) => n), 7, 998]
      const many = await count(keys)
      expect(few.statements).toBeGreaterThan(0)
      expect(many.statements).toBeLessThanOrEqual(few.statements)
      const alone = await Promise.all(keys.map((n) => read(reader, scribe.tenant, [n])))
      expect(many.answers).toEqual(alone.flat())
      expect(await read(reader, scribe.tenant, [])).toEqual([])
    })

    test('a row is as new as the last commit, whoever made it', async () => {
      const ask = new Asker(world.reader, scribe.tenant)
      const other = await world.openWriter()
      for (let i = 0; i < 5; i++) {
        const writer = i % 2 ? other : world.writer
        expect(await ask.user('u1')).toMatchObject({ seqs: { user: 2 + 2 * i, profile: i } })
        expect(await ask.group('g5')).toMatchObject({ seqs: { members: 5 + i } })
        await writer.apply(
          scribe.record(username('u1', `name-${i}`), email('u1', null), fullName('u1', `Name ${i}`)),
        )
        await writer.apply(scribe.record(membership('g5', `more-${i}`)))
        expect(await ask.user('u1')).toMatchObject({ username: `name-${i}`, name: `Name ${i}`, email: null })
        expect(await ask.group('g5')).toMatchObject({ memberCount: 6 + i })
      }
      await other.apply(scribe.record(status('u5', 'DELETED')))
      expect(await ask.group('g5')).toMatchObject({ memberCount: 9 })
      await other.close()
    })

    test('also after more commits than are remembered, and after one with very many rows', async () => {
      const ask = new Asker(world.reader, scribe.tenant)
      const before = await ask.user('u2')
      await world.writer.apply(scribe.record(username('u2', 'renamed')))
      for (let i = 0; i < 100; i++) await world.writer.apply(scribe.record(fullName('u3', `Name ${i}`)))
      expect(before?.username).toBe('u2')
      expect(await ask.user('u2')).toMatchObject({ username: 'renamed' })
      const crowd = Array.from({ length: 1_200 }, (_, i) => username(`crowd-${i}`, `crowd-${i}`))
      await world.writer.apply(scribe.record(...crowd, username('u2', 'again')))
      expect(await ask.user('u2')).toMatchObject({ username: 'again' })
    })

    test('nobody can change a row for the others', async () => {
      const ask = new Asker(world.reader, scribe.tenant)
      const row = (await ask.user('u1')) as { username: string; seqs: { user: number } }
      const before = structuredClone(row)
      const changes = [
        () => {
          row.username = 'mine'
        },
        () => {
          row.seqs.user = 9
        },
      ]
      for (const change of changes) {
        try {
          change()
        } catch (error) {
          // Of one that is kept for the others, who get the same.
          expect(error).toBeInstanceOf(TypeError)
        }
      }
      expect(await ask.user('u1')).toEqual(before)
    })
  })
}
