import pg from 'pg'
import { expect, test } from 'vitest'
import { listUsers } from '../../src/ops/query.ts'
import { openPostgresViewReader, openPostgresViewWriter } from '../../src/views/postgres/index.ts'
import { generationSchema } from '../../src/views/postgres/names.ts'
import { fullName, groupName, membership, username } from '../conformance/viewStore/events.ts'
import { ANY_USER } from '../conformance/viewStore/queries.ts'
import { Scribe } from '../conformance/viewStore/Scribe.ts'
import { freshEpoch, postgresOrSkip } from '../support/postgres.ts'

const postgres = await postgresOrSkip()

const USERS = 2_000
const GROUPS = 200

/** Entries of indexes on these tables that were read since the views were made. */
const READ = `SELECT sum(idx_tup_read)::integer FROM pg_stat_user_indexes
  WHERE schemaname = $1 AND relname = ANY ($2::text[])`

/** What a connection has read is told when it ends, at the latest. */
async function entriesRead(epoch: string, tables: readonly string[]): Promise<number> {
  const client = new pg.Client(postgres?.url)
  await client.connect()
  try {
    const read = async () =>
      (await client.query<{ sum: number }>(READ, [generationSchema(epoch), tables])).rows[0]?.sum ?? 0
    await expect.poll(read).toBeGreaterThan(0)
    return await read()
  } finally {
    await client.end()
  }
}

test.skipIf(postgres === null)(
  'groups that come after a thousand events of users are written without a walk through those that came before',
  async () => {
    const views = { url: postgres?.url ?? '', epoch: freshEpoch() }
    const writer = await openPostgresViewWriter(views)
    const scribe = new Scribe('acme')
    const users = Array.from({ length: USERS }, (_, i) => username(`u${i}`, `u${i}`))
    for (let i = 0; i < USERS; i += 100) await writer.apply(scribe.record(...users.slice(i, i + 100)))
    for (let i = 0; i < GROUPS; i++) {
      await writer.apply(scribe.record(groupName(`g${i}`, `g${i}`)))
      await writer.apply(scribe.record(membership(`g${i}`, `u${i}`, 'MEMBER')))
    }
    await writer.close()
    expect(await entriesRead(views.epoch, ['groups', 'memberships'])).toBeLessThan(GROUPS * 10)
  },
)

test.skipIf(postgres === null)(
  'a page far down a list of people of one name is one walk over an index for each status, as long as the page',
  async () => {
    const views = { url: postgres?.url ?? '', epoch: freshEpoch() }
    const writer = await openPostgresViewWriter(views)
    const scribe = new Scribe('acme')
    const named = Array.from({ length: USERS }, (_, i) => [
      username(`u${i}`, `u${i}`),
      fullName(`u${i}`, 'Ann'),
    ])
    for (let i = 0; i < USERS; i += 100) await writer.apply(scribe.record(...named.slice(i, i + 100).flat()))
    await writer.close()
    const reader = await openPostgresViewReader({ ...views, connections: 1 })
    const page = { first: 10, after: ['ann', 'u5'] }
    const op = listUsers({ search: null, order: 'NAME', filter: ANY_USER, page })
    for (let i = 0; i < 20; i++) {
      const [listed] = await reader.listUsers('acme', [op])
      expect(listed?.rows).toHaveLength(10)
    }
    await reader.close()
    expect(await entriesRead(views.epoch, ['users'])).toBeLessThan(20 * 15)
  },
)
