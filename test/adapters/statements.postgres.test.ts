import pg from 'pg'
import { expect, test } from 'vitest'
import { Statements } from '../../src/views/postgres/Statements.ts'
import { postgresOrSkip } from '../support/postgres.ts'

const postgres = await postgresOrSkip()

test.skipIf(postgres === null)(
  'a prepared statement keeps one plan, however few keys it is given',
  async () => {
    const client = new pg.Client(postgres?.url)
    await client.connect()
    try {
      await client.query('CREATE TEMP TABLE entities (key text PRIMARY KEY, tenant integer)')
      await client.query(`INSERT INTO entities SELECT n, n % 7 FROM generate_series(1, 2000) n`)
      await client.query('ANALYZE entities')
      const statements = new Statements(client)
      const find = (...keys: string[]) =>
        statements.all(
          `SELECT w.nth, e.key FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY w (key, tenant, nth)
         JOIN entities e ON e.key = w.key AND e.tenant = w.tenant ORDER BY w.nth`,
          keys,
          keys.map((key) => Number(key) % 7),
        )
      for (let n = 1; n <= 10; n++) expect(await find(String(n))).toEqual([['1', String(n)]])
      expect(await find('8', '0', '9')).toEqual([
        ['1', '8'],
        ['3', '9'],
      ])
      const { rows } = await client.query(
        'SELECT generic_plans::integer, custom_plans::integer FROM pg_prepared_statements',
      )
      // PostgreSQL looks at its first five by themselves.
      expect(rows).toEqual([{ generic_plans: 6, custom_plans: 5 }])
    } finally {
      await client.end()
    }
  },
)
