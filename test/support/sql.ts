import pg from 'pg'
import { generationSchema, journalSchema } from '../../src/views/postgres/names.ts'

export async function runSql(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client(url)
  // What breaks the connection is told by the statement that was under way.
  client.on('error', () => {})
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

/** The views and the journal of the log with this epoch are gone, as with a PostgreSQL that is lost. */
export const dropSchemas = (url: string, epoch: string): Promise<void> =>
  runSql(url, `DROP SCHEMA ${generationSchema(epoch)}, ${journalSchema(epoch)} CASCADE`)
