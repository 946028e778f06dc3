import pg from 'pg'
import { ViewsSuperseded, ViewsUnavailable } from '../ViewStore.ts'
import { readText } from './texts.ts'

/** Milliseconds that a connection may take to come about. */
const CONNECT_TIMEOUT_MS = 5_000
/** What a statement may take beyond its own timeout before the connection counts as dead. */
const GRACE_MS = 5_000

/**
 * Every statement is a walk over indexes: plans are kept for long, and one that was made while a table was small must not read
 * all of it when it has grown. Rows are mostly in memory: with disks in mind PostgreSQL would rather walk through all users in the
 * list's order than fetch the few hundred of a group and sort them.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_material: 'off',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  random_page_cost: '1.1',
}

export interface Connecting {
  /** postgres://user:secret@host:port/database */
  readonly url: string
  /** Schemas in which names are looked up, in this order. */
  readonly schemas: readonly string[]
  readonly statementTimeoutMs: number
}

/** How a connection is made. Throws if the URL is none; what is thrown does not repeat it, because there is a secret in it. */
export function connection({ url, schemas, statementTimeoutMs }: Connecting): pg.PoolConfig {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new Error('the views need an address like postgres://user:secret@host:5432/database')
  }
  const settings = {
    ...SETTINGS,
    search_path: schemas.join(','),
    statement_timeout: String(statementTimeoutMs),
    // Whoever stops in the middle of a transaction must not hold up the others for ever.
    idle_in_transaction_session_timeout: String(statementTimeoutMs),
  }
  return {
    connectionString: url,
    application_name: 'rollcall',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: statementTimeoutMs + GRACE_MS,
    keepAlive: true,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    types: { getTypeParser },
  }
}

/** A pool that makes connections as they are needed, and anew when PostgreSQL was gone. */
export function openPool(connecting: Connecting, max: number): pg.Pool {
  // Statements of a transaction are sent without waiting for each other's answers.
  const pool = new pg.Pool({ ...connection(connecting), max, pipeline: true } as pg.PoolConfig)
  // An idle connection that breaks is replaced by the next question.
  pool.on('error', () => {})
  // Nor is one that breaks between two statements of a transaction: the next of them says so.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

const { INT8, TEXT } = pg.types.builtins

/** Numbers are at most 2^53, and texts may hold what PostgreSQL's cannot (texts.ts). */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === INT8) return Number
  if (oid === TEXT) return readText
  return pg.types.getTypeParser(oid, format as 'text') as (value: string) => unknown
}

/** The constraint that keeps writers from views in whose place others serve. */
export const SUPERSEDED = 'superseded'

/**
 * SQLSTATEs, by their beginnings, of trouble that may pass: connection, rollback, resources, locks, shutdown, system; and of tables
 * that are gone, with a generation that was dropped: another one serves by then.
 */
const PASSING = ['08', '40', '53', '55', '57', '58', '25P0', '42P01', '3F000']
/** What those of them mean that whoever is on call has to know, or that say nothing by themselves. */
const MEANING: Readonly<Record<string, string>> = {
  '25P02': ', as a statement before had failed',
  '53100': ': its disk is full',
  '53300': ': it has no connection left',
}
/** Those that an operator can mend, whose messages name users, databases and schemas: login, no such database, no right to. */
const TELLING = ['28', '3D', '42501']

/**
 * What a caller is told of an error that PostgreSQL or its connection gave: `ViewsUnavailable` for trouble that may pass. Neither
 * holds a statement or a value: PostgreSQL's own messages and details may.
 */
export function asUnavailable(error: unknown): unknown {
  if (error instanceof ViewsUnavailable || error instanceof TypeError) return error
  if (!(error instanceof pg.DatabaseError)) {
    return new ViewsUnavailable(`The views cannot be reached just now: ${nameOf(error)}`)
  }
  const { code = '', message, routine = '', constraint = '' } = error
  if (constraint === SUPERSEDED) return new ViewsSuperseded()
  const isOneOf = (beginnings: readonly string[]) => beginnings.some((some) => code.startsWith(some))
  if (isOneOf(PASSING)) {
    const meaning = MEANING[code] ?? ''
    return new ViewsUnavailable(`The views cannot be used just now: PostgreSQL answered ${code}${meaning}`)
  }
  return new Error(
    `PostgreSQL answered ${code}: ${isOneOf(TELLING) ? message : `${routine} ${constraint}`.trim()}`,
  )
}

function nameOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(nameOf).join(', ')
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? String(error.code) : error.message
}
