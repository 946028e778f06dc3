import pg from 'pg'
import { ENTITY_BITS } from '../numbers.ts'
import { asUnavailable, type Connecting, connection, SUPERSEDED } from './database.ts'

const TEXT = 'text COLLATE "C"'

/**
 * Entities are addressed by integers (../numbers.ts), and found by `key` (keys.ts). Times are milliseconds since 1970, roles and
 * statuses numbers (../codes.ts), `_fold` columns are folded texts ('' for none). `shown` is the status, or 0 until the entity has
 * its name: only shown entities are found. A row is made by whichever event of its streams comes first, or by one that refers to
 * it. `search`: see marks.ts.
 *
 * Each generation gives its numbers out anew. So lists are in the order of what they are sorted by and then of ids, which are the same
 * in all of them: whoever is in the midst of one does not notice that another generation goes on with it.
 */
const entity = (name: string): string => `
    num         bigint PRIMARY KEY,
    tenant      integer NOT NULL GENERATED ALWAYS AS ((num >> ${ENTITY_BITS})::integer) STORED,
    key         ${TEXT} NOT NULL UNIQUE,
    id          ${TEXT} NOT NULL,
    status      smallint NOT NULL,
    shown       smallint NOT NULL GENERATED ALWAYS AS (CASE WHEN ${name} IS NULL THEN 0 ELSE status END) STORED,
    search      ${TEXT} NOT NULL,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL`

/** Of a table that is small PostgreSQL had better know nothing: see write/statistics.ts. */
const LEFT_ALONE_WHILE_SMALL =
  'WITH (autovacuum_analyze_threshold = 1000, autovacuum_vacuum_threshold = 1000)'

const GENERATION = `
  -- position: of the journal. batch: counts the transactions. tenants_seq: of the stream of tenants. loading: not yet filled.
  -- last_batch: of views in whose place others serve, so that a writer that has not noticed fails (PostgresGenerations.ts).
  -- incarnation: no other views have the same.
  CREATE TABLE progress (
    id          integer PRIMARY KEY CHECK (id = 1),
    position    bigint NOT NULL,
    batch       bigint NOT NULL,
    tenants_seq bigint NOT NULL,
    loading     boolean NOT NULL,
    last_batch  bigint,
    incarnation uuid NOT NULL DEFAULT gen_random_uuid(),
    CONSTRAINT ${SUPERSEDED} CHECK (batch <= last_batch)
  );
  INSERT INTO progress VALUES (1, 0, 0, 0, false, NULL);

  -- How far those are who bring events from elsewhere: see PostgresCheckpoints.ts.
  CREATE TABLE checkpoints (
    source          ${TEXT} NOT NULL,
    shard           ${TEXT} NOT NULL,
    sequence_number numeric,
    is_end          boolean NOT NULL,
    PRIMARY KEY (source, shard)
  );

  CREATE TABLE quarantine (
    stream ${TEXT} PRIMARY KEY,
    seq    bigint NOT NULL,
    reason ${TEXT} NOT NULL
  );

  -- users, groups: how many numbers have been given out.
  CREATE TABLE tenants (
    num        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         ${TEXT} NOT NULL UNIQUE,
    name       ${TEXT},
    created_at bigint NOT NULL,
    users      integer NOT NULL,
    groups     integer NOT NULL
  ) ${LEFT_ALONE_WHILE_SMALL};

  -- facets: what a filter of attributes can name (facets.ts).
  CREATE TABLE users (${entity('username')},
    username      ${TEXT},
    username_fold ${TEXT} NOT NULL,
    email         ${TEXT},
    email_fold    ${TEXT} NOT NULL,
    name          ${TEXT},
    name_fold     ${TEXT} NOT NULL,
    attributes    ${TEXT} NOT NULL,
    facets        text[] COLLATE "C" NOT NULL,
    user_seq      bigint NOT NULL,
    profile_seq   bigint NOT NULL,
    keys_seq      bigint NOT NULL
  ) ${LEFT_ALONE_WHILE_SMALL};
  CREATE INDEX users_by_username ON users (tenant, shown, username_fold, id);
  CREATE INDEX users_by_email ON users (tenant, shown, email_fold, id);
  CREATE INDEX users_by_name ON users (tenant, shown, name_fold, id);
  CREATE INDEX users_by_created ON users (tenant, shown, created_at, id);
  CREATE INDEX users_by_updated ON users (tenant, shown, updated_at, id);
  CREATE INDEX users_by_search ON users USING gin (search gin_trgm_ops);
  CREATE INDEX users_by_facet ON users USING gin (facets);

  CREATE TABLE groups (${entity('name')},
    name         ${TEXT},
    name_fold    ${TEXT} NOT NULL,
    description  ${TEXT} NOT NULL,
    parent       bigint,
    member_count integer NOT NULL,
    group_seq    bigint NOT NULL,
    members_seq  bigint NOT NULL
  ) ${LEFT_ALONE_WHILE_SMALL};
  CREATE INDEX groups_by_name ON groups (tenant, shown, name_fold, id);
  CREATE INDEX groups_by_parent ON groups (parent, shown, name_fold, id) WHERE parent IS NOT NULL;
  CREATE INDEX groups_by_search ON groups USING gin (search gin_trgm_ops);

  -- In the order in which members are listed. user_id stands in the key so that a page is one range.
  CREATE TABLE memberships (
    grp     bigint NOT NULL,
    user_id ${TEXT} NOT NULL,
    usr     bigint NOT NULL,
    role    smallint NOT NULL,
    since   bigint NOT NULL,
    PRIMARY KEY (grp, user_id)
  ) ${LEFT_ALONE_WHILE_SMALL};
  CREATE INDEX memberships_by_user ON memberships (usr, grp);

  CREATE TABLE api_keys (
    usr        bigint NOT NULL,
    id         ${TEXT} NOT NULL,
    hash       ${TEXT} NOT NULL,
    label      ${TEXT} NOT NULL,
    scopes     ${TEXT} NOT NULL,
    last_four  ${TEXT} NOT NULL,
    created_at ${TEXT} NOT NULL,
    expires_at ${TEXT},
    revoked_at ${TEXT},
    PRIMARY KEY (usr, id)
  ) ${LEFT_ALONE_WHILE_SMALL};
  CREATE INDEX api_keys_by_hash ON api_keys (hash);
`

/** For all generations of one log: see write/JournalTable.ts. */
const JOURNAL = `
  -- position: of the newest entry. previous: where it was before the last transaction that moved it, or looked whether it had to.
  -- epoch: see JournalReader. Whoever gives it a new one lets all cursors expire.
  CREATE TABLE journal_head (
    id       integer PRIMARY KEY CHECK (id = 1),
    position bigint NOT NULL,
    previous bigint NOT NULL,
    epoch    uuid NOT NULL DEFAULT gen_random_uuid()
  );
  INSERT INTO journal_head VALUES (1, 0, 0);

  -- version: as in the log. form: the version of the form in which the event stands in name and data.
  CREATE TABLE journal (
    position bigint PRIMARY KEY,
    tenant   ${TEXT} NOT NULL,
    stream   ${TEXT} NOT NULL,
    seq      bigint NOT NULL,
    version  integer NOT NULL,
    meta     ${TEXT} NOT NULL,
    name     ${TEXT} NOT NULL,
    form     integer NOT NULL,
    data     ${TEXT} NOT NULL
  );
  CREATE INDEX journal_by_tenant ON journal (tenant, position);
  CREATE UNIQUE INDEX journal_by_stream ON journal (stream, seq);

  -- How far each stream is in the journal.
  CREATE TABLE journal_streams (
    stream ${TEXT} PRIMARY KEY,
    seq    bigint NOT NULL
  );

  -- The newest position of each minute, by PostgreSQL's clock.
  CREATE TABLE journal_minutes (
    minute   bigint PRIMARY KEY,
    position bigint NOT NULL
  );
`

/** Which generations there are, of all versions: see PostgresGenerations.ts. */
const GENERATIONS = `
  CREATE TABLE generations (
    version  integer NOT NULL,
    number   integer NOT NULL,
    ready_at timestamptz,
    serves   boolean NOT NULL,
    dropped  boolean NOT NULL,
    PRIMARY KEY (version, number)
  );
`

/**
 * Makes the schemas if they are not there, empty: of a generation and the journal, or of the journal alone. Any number of processes may
 * do so at once: one makes them, the others find them whole. Needs the right to create them, and once for each database the extension
 * pg_trgm.
 */
export async function createIfMissing(connecting: Connecting): Promise<void> {
  const client = new pg.Client(connection(connecting))
  client.on('error', () => {})
  let encoding: unknown
  try {
    await client.connect()
    encoding = await ask(client, `SELECT current_setting('server_encoding')`)
    if (encoding === 'UTF8') await create(client, connecting.schemas)
  } catch (error) {
    throw asUnavailable(error)
  } finally {
    await client.end().catch(() => {})
  }
  if (encoding !== 'UTF8') throw new Error(`the views need a database in UTF8, this one is in ${encoding}`)
}

async function create(client: pg.Client, schemas: readonly string[]): Promise<void> {
  const [journal = '', generation] = schemas.toReversed()
  if (await exists(client, generation === undefined ? `${journal}.generations` : `${generation}.progress`))
    return
  // One makes them at a time: CREATE … IF NOT EXISTS fails where two do.
  await client.query('BEGIN')
  await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('rollcall', 0))`)
  await client.query('CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public')
  const trigrams = await ask(
    client,
    `SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'pg_trgm'`,
  )
  for (const [schema, mark, tables] of [
    [journal, 'journal_head', JOURNAL],
    [journal, 'generations', GENERATIONS],
    [generation, 'progress', GENERATION],
  ] as const) {
    if (schema === undefined || (await exists(client, `${schema}.${mark}`))) continue
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
    await client.query(`SET LOCAL search_path TO ${schema}, ${trigrams}`)
    await client.query(tables)
  }
  await client.query('COMMIT')
}

const exists = async (client: pg.Client, table: string): Promise<boolean> =>
  (await ask(client, 'SELECT to_regclass($1)', table)) !== null

/** The one value of the one row. */
async function ask(client: pg.Client, text: string, ...values: readonly string[]): Promise<unknown> {
  const { rows } = await client.query<unknown[]>({ text, values: [...values], rowMode: 'array' })
  return rows[0]?.[0] ?? null
}
