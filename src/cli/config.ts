import { excerpt } from '../domain/errors.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { dynamoTable, kinesisFeed, postgresAddress } from './engineSettings.ts'
import { duration, oneOf, onOrOff, origins, type Setting, secretKey, text, wholeNumber } from './settings.ts'

const setting = <A>(
  variable: string,
  standard: string,
  read: Setting<A>['read'],
  about: string,
  kind: { readonly secret?: true } = {},
): Setting<A> => ({ variable, standard, about, read, ...kind })

/** Everything that can be configured. The README's table is made of this one: see configTable.ts. */
export const SETTINGS = {
  port: setting('PORT', '4000', wholeNumber(0, 65_535), 'The port to listen on; 0 takes any free one.'),
  host: setting('HOST', '127.0.0.1', text, 'The address to listen on; `0.0.0.0` for every interface.'),
  data: setting('ROLLCALL_DATA', '.rollcall', text, 'The folder of the log and the views.'),
  log: setting(
    'ROLLCALL_LOG',
    '',
    dynamoTable,
    'The log in DynamoDB instead of the folder: `dynamodb://region/table`. Goes with `ROLLCALL_VIEWS`.',
  ),
  views: setting(
    'ROLLCALL_VIEWS',
    '',
    postgresAddress,
    'The views in PostgreSQL: `postgres://user:secret@host:5432/database`.',
    { secret: true },
  ),
  feed: setting(
    'ROLLCALL_FEED',
    '',
    kinesisFeed,
    'The stream of events that `rollcall synchronise` brings to the views: `kinesis://region/stream`. With `?consumer=NAME` they are pushed to it (enhanced fan-out), else it polls; of those that run, each needs a name of its own.',
  ),
  operatorKey: setting(
    'ROLLCALL_OPERATOR_KEY',
    '',
    secretKey,
    'The operator’s key. Without it, one is made at the first start and printed once.',
    { secret: true },
  ),
  logLevel: setting(
    'ROLLCALL_LOG_LEVEL',
    'info',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'The least severe messages to log.',
  ),
  viewDeadlineMs: setting(
    'ROLLCALL_VIEW_DEADLINE_MS',
    '2000',
    wholeNumber(1, 60_000),
    'How long a read waits for the views to reach its token before it fails with `VIEW_BEHIND`.',
  ),
  maxBodyBytes: setting(
    'ROLLCALL_MAX_BODY_BYTES',
    '262144',
    wholeNumber(1_024, 16_777_216),
    'The largest request body, and the largest WebSocket message.',
  ),
  maxDepth: setting('ROLLCALL_MAX_DEPTH', '16', wholeNumber(1, 100), 'How deep an operation may nest.'),
  maxCost: setting(
    'ROLLCALL_MAX_COST',
    '100000',
    wholeNumber(1, 100_000_000),
    'The most objects that an operation may ask for, counting full pages; a value that may be long counts for each 4,096 characters.',
  ),
  maxAliases: setting(
    'ROLLCALL_MAX_ALIASES',
    '64',
    wholeNumber(0, 10_000),
    'The most aliases in a document.',
  ),
  maxTokens: setting(
    'ROLLCALL_MAX_TOKENS',
    '4000',
    wholeNumber(10, 1_000_000),
    'The most lexical tokens in a document.',
  ),
  introspection: setting('ROLLCALL_INTROSPECTION', 'on', onOrOff, 'Whether the schema can be asked for.'),
  playground: setting('ROLLCALL_PLAYGROUND', 'on', onOrOff, 'Whether `/playground` is served.'),
  corsOrigins: setting(
    'ROLLCALL_CORS_ORIGINS',
    '',
    origins,
    'Origins of pages that may call the API from a browser, comma-separated; `*` for any.',
  ),
  trustedProxies: setting(
    'ROLLCALL_TRUSTED_PROXIES',
    '0',
    wholeNumber(0, 10),
    'How many proxies stand before the server: so many addresses at the end of `X-Forwarded-For` are believed.',
  ),
  maxConnections: setting(
    'ROLLCALL_MAX_WEBSOCKETS',
    '10000',
    wholeNumber(1, 1_000_000),
    'The most WebSockets and event streams at a time; one more is sent away: 1013, or `RATE_LIMITED`.',
  ),
  maxFollowersPerKey: setting(
    'ROLLCALL_MAX_FOLLOWERS_PER_KEY',
    '1000',
    wholeNumber(1, 1_000_000),
    'The most subscriptions of one API key at a time, and the most WebSockets; one more gets `RATE_LIMITED`, or 1013. The operator key has no limit.',
  ),
  maxSilenceMs: setting(
    'ROLLCALL_MAX_SILENCE_MS',
    '120000',
    wholeNumber(31_000, 86_400_000),
    'How long a follower may neither answer a ping nor read anything of what waits for it. Then its WebSocket is closed with 1013, its event stream cut. An answer of which nothing is read for so long is cut too.',
  ),
  journalRetention: setting(
    'ROLLCALL_JOURNAL_RETENTION',
    'forever',
    duration,
    'How long a cursor of the journal stays good: `90d`, `12h`, `30m`. Older ones get `CURSOR_EXPIRED`. It deletes nothing: the log is kept for ever.',
  ),
  metricsNeedKey: setting(
    'ROLLCALL_METRICS_NEED_KEY',
    'off',
    onOrOff,
    'Whether `/metrics` asks for the operator key.',
  ),
  stopTimeoutMs: setting(
    'ROLLCALL_STOP_TIMEOUT_MS',
    '10000',
    wholeNumber(0, 600_000),
    'How long a stop waits for requests in flight.',
  ),
} as const

type Settings = typeof SETTINGS
type Name = keyof Settings

/** The configuration, checked. */
export type Config = { readonly [K in Name]: Settings[K] extends Setting<infer A> ? A : never }

/** Values from the command line: they win over the environment. */
export type Flags = Partial<Record<Name, string | undefined>>

type Environment = Readonly<Record<string, string | undefined>>

/** Reads and checks everything. The error is a message with a line for every value that is wrong. An empty variable is unset. */
export function readConfig(environment: Environment, flags: Flags = {}): Result<Config, string> {
  const problems: string[] = []
  const entries = Object.entries<Setting<unknown>>(SETTINGS).map(([name, setting]) => {
    const flag = flags[name as Name]
    const source = flag === undefined ? setting.variable : `--${name}`
    const value = flag ?? (environment[setting.variable] || setting.standard)
    const read = setting.read(value)
    if (read.ok) return [name, read.value]
    problems.push(`${source}: ${read.error}${setting.secret ? '' : `, but was ${excerpt(value)}`}`)
    return [name, null]
  })
  if (problems.length > 0) return err(problems.join('\n'))
  const config = Object.fromEntries(entries) as Config
  const areBoth = (config.log === null) === (config.views === null)
  return areBoth ? ok(config) : err('ROLLCALL_LOG, ROLLCALL_VIEWS: must be set both, or neither')
}
