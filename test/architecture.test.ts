import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'

/**
 * Imports go one way only (DESIGN §1): domain ← ops ← services ← graphql ← http ← cli. A part sees itself and what stands
 * here; of `log`, `views` and `feed` that is the ports, never an engine's folder.
 */
const MAY_SEE: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  ops: ['domain'],
  services: ['domain', 'ops'],
  log: ['domain', 'ops'],
  views: ['domain', 'ops'],
  feed: ['domain', 'ops', 'log', 'views'],
  commands: ['domain', 'ops', 'log'],
  queries: ['domain', 'ops', 'log', 'views', 'feed'],
  transfer: ['domain', 'ops', 'services', 'commands', 'log', 'views'],
  seed: ['domain'],
  verify: ['domain', 'ops', 'log', 'views'],
  graphql: ['domain', 'ops', 'services', 'commands', 'queries', 'log', 'views', 'feed'],
  http: ['domain', 'ops', 'services', 'graphql', 'log', 'views', 'feed'],
  client: [],
}

/** Parts with engines: each folder in them is an adapter, the files beside it are the port and what engines share. */
const PORTS = ['log', 'views', 'feed', 'client']

/** What every part that sees a port may know of it. */
const PORT_FILES = [
  'log/EventLog.ts',
  'log/StoredLog.ts',
  'log/storedChain.ts',
  'log/storedIntegrity.ts',
  'log/storedPages.ts',
  'log/StreamFold.ts',
  'log/heldClaims.ts',
  'views/ViewStore.ts',
  'feed/Feed.ts',
  'feed/journal.ts',
  'feed/snapshot.ts',
  'feed/tail.ts',
  'feed/wantedPage.ts',
]

/**
 * A worker thread is a composition root of its own, since connections cannot cross threads: its entry opens engines, and so
 * does what nobody but the entry imports. So is a Lambda function, which runs by itself.
 */
const WORKER_ROOTS: Readonly<Record<string, readonly string[]>> = {
  'feed/local/worker.ts': ['log/sqlite', 'views/sqlite'],
  'feed/local/openSoundViews.ts': ['views/sqlite'],
  'feed/aws/relay/lambda.ts': ['log/dynamodb'],
  'feed/aws/external/lambda.ts': ['log/dynamodb'],
}

/** Drivers and SDKs, and the adapters that alone may know them. */
const DRIVERS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(node:sqlite|better-sqlite3)$/, ['log/sqlite', 'views/sqlite', 'client/sqlite']],
  [/^(pg|pg-.+|postgres)$/, ['views/postgres']],
  [/^@aws-sdk\/client-(dynamodb|kinesis).*$/, ['log/dynamodb', 'feed/aws']],
  [/^@aws-sdk\//, ['log/dynamodb', 'feed/aws']],
]

/** The core does no I/O, and the client runs in browsers: what they may use of the platform, and of packages. */
const PURE: Readonly<Record<string, readonly string[]>> = {
  domain: ['node:crypto'],
  ops: [],
  services: [],
  client: ['@graphql-typed-document-node/core', 'graphql', 'graphql-ws/client'],
}

const MAX_LINES = 400

interface Source {
  /** Below src/, with slashes. */
  readonly path: string
  readonly lines: number
  /** Files below src/ that it imports, types too. */
  readonly imports: readonly string[]
  readonly packages: readonly string[]
}

const SRC = join(import.meta.dirname, '..', 'src')
const FROM = /^\s*(?:import|export)\s+[^'"]*?\bfrom\s*(['"])([^'"]+)['"]/gm
const BARE = /(?:^\s*import|\bimport\()\s*(['"])([^'"]+)['"]/gm

const sources: readonly Source[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && path !== 'client/generated.ts')
  .sort()
  .map((path) => read(path, readFileSync(join(SRC, path), 'utf8')))

function read(path: string, text: string): Source {
  const named = [...text.matchAll(FROM), ...text.matchAll(BARE)].map(([, , name = '']) => name)
  const own = named.filter((name) => name.startsWith('.'))
  const resolve = (name: string) => posix.join(posix.dirname(path), name)
  return {
    path,
    lines: text.split('\n').length,
    imports: own.map(resolve),
    packages: named.filter((name) => !own.includes(name)),
  }
}

/** `log/sqlite` for a file of an adapter, else the top folder. */
function partOf(path: string): string {
  const [top = '', second = '', ...rest] = path.split('/')
  return PORTS.includes(top) && rest.length > 0 ? `${top}/${second}` : top
}

const isAdapter = (part: string): boolean => part.includes('/')
const portOf = (part: string): string => part.split('/')[0] ?? ''

/** Why a file must not import another, or null. */
function objection(from: string, to: string): string | null {
  const [part, target] = [partOf(from), partOf(to)]
  if (part === target || part === 'cli' || WORKER_ROOTS[from]?.includes(target)) return null
  if (isAdapter(target)) return 'only cli, tests and the roots of worker threads open an engine'
  if (isAdapter(part) && target === portOf(part)) return null
  const visible = MAY_SEE[portOf(part)] ?? []
  if (!visible.includes(target)) return `${part} sees only ${visible.join(', ') || 'itself'}`
  if (PORTS.includes(target) && !PORT_FILES.includes(to)) return `of ${target}, others see only the port`
  return null
}

test('every folder has its place', () => {
  const unknown = new Set(
    sources.map(({ path }) => portOf(partOf(path))).filter((top) => top !== 'cli' && !(top in MAY_SEE)),
  )
  expect([...unknown], 'say in MAY_SEE what this folder of src may import').toEqual([])
})

test('imports go one way', () => {
  const wrong = sources.flatMap(({ path, imports }) =>
    imports.flatMap((target) => {
      const reason = objection(path, target)
      return reason === null ? [] : [`src/${path} imports ${target}: ${reason}`]
    }),
  )
  expect(wrong).toEqual([])
})

test('imports name files that exist, with their extension', () => {
  const known = new Set([...sources.map(({ path }) => path), 'client/generated.ts'])
  const missing = sources.flatMap(({ path, imports }) =>
    imports.filter((target) => !known.has(target)).map((target) => `src/${path} imports ${target}`),
  )
  expect(missing).toEqual([])
})

test('nobody but the entry of a worker imports the other roots of its thread', () => {
  const roots = Object.keys(WORKER_ROOTS)
  const wrong = sources.flatMap(({ path, imports }) =>
    imports
      .filter((target) => roots.includes(target) && !roots.includes(path))
      .map((target) => `src/${path} imports ${target}`),
  )
  expect(wrong).toEqual([])
})

/** Between folders there is none, or one of the imports would go the wrong way. */
test('no module imports itself by way of others, not even a type of its own, or late', () => {
  const importsOf = new Map(sources.map(({ path, imports }) => [path, imports]))
  const done = new Set<string>()
  const cycles: string[] = []
  function visit(path: string, line: readonly string[]): void {
    if (line.includes(path)) cycles.push([...line.slice(line.indexOf(path)), path].join(' → '))
    if (done.has(path) || line.includes(path)) return
    for (const target of importsOf.get(path) ?? []) visit(target, [...line, path])
    done.add(path)
  }
  for (const { path } of sources) visit(path, [])
  expect(cycles).toEqual([])
})

test('only adapters know drivers', () => {
  const wrong = sources.flatMap(({ path, packages }) =>
    packages.flatMap((name) => {
      const owners = DRIVERS.find(([driver]) => driver.test(name))?.[1]
      if (owners === undefined || owners.includes(partOf(path))) return []
      return [`src/${path} imports ${name}: that is for ${owners.join(' and ')}`]
    }),
  )
  expect(wrong).toEqual([])
})

test('the core does no I/O, and the client asks for no Node', () => {
  const wrong = sources.flatMap(({ path, packages }) => {
    const allowed = PURE[partOf(path)]
    const strangers = allowed === undefined ? [] : packages.filter((name) => !allowed.includes(name))
    return strangers.map((name) => `src/${path} imports ${name}: put this behind an op or a port`)
  })
  expect(wrong).toEqual([])
})

test(`no file is longer than ${MAX_LINES} lines`, () => {
  const long = sources
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `src/${path}: ${lines} lines`)
  expect(long).toEqual([])
})

describe('the rules themselves', () => {
  test.each([
    ['domain/user.ts', 'ops/query.ts'],
    ['services/users.ts', 'log/EventLog.ts'],
    ['services/users.ts', 'commands/handler.ts'],
    ['graphql/users.ts', 'http/server.ts'],
    ['graphql/users.ts', 'views/sqlite/index.ts'],
    ['http/server.ts', 'log/sqlite/SqliteLog.ts'],
    ['http/server.ts', 'log/encodeCommit.ts'],
    ['log/sqlite/SqliteLog.ts', 'views/ViewStore.ts'],
    ['log/sqlite/SqliteLog.ts', 'log/dynamodb/table.ts'],
    ['views/postgres/reader.ts', 'views/sqlite/rows.ts'],
    ['feed/local/LocalFeed.ts', 'log/sqlite/SqliteLog.ts'],
    ['feed/local/LocalFeed.ts', 'log/encodeCommit.ts'],
    ['feed/local/worker.ts', 'log/dynamodb/table.ts'],
    ['commands/handler.ts', 'views/ViewStore.ts'],
    ['log/EventLog.ts', 'log/sqlite/SqliteLog.ts'],
    ['ops/query.ts', 'cli/main.ts'],
    ['client/follow.ts', 'domain/errors.ts'],
    ['client/index.ts', 'client/sqlite/index.ts'],
    ['http/server.ts', 'client/index.ts'],
  ])('%s must not import %s', (from, to) => {
    expect(objection(from, to)).not.toBeNull()
  })

  test.each([
    ['cli/serve.ts', 'log/sqlite/SqliteLog.ts'],
    ['cli/run/follow.ts', 'client/sqlite/index.ts'],
    ['client/sqlite/SqliteReplica.ts', 'client/Replica.ts'],
    ['log/sqlite/SqliteLog.ts', 'log/encodeCommit.ts'],
    ['log/sqlite/SqliteLog.ts', 'domain/streams.ts'],
    ['views/sqlite/read/users.ts', 'views/sqlite/rowCache.ts'],
    ['feed/local/worker.ts', 'views/sqlite/index.ts'],
    ['feed/local/SyncLoop.ts', 'log/EventLog.ts'],
    ['graphql/users.ts', 'services/users.ts'],
  ])('%s may import %s', (from, to) => {
    expect(objection(from, to)).toBeNull()
  })

  test('imports of every form are read', () => {
    const text = [
      "import { a } from '../ops/a.ts'",
      "import type {\n  B,\n  C,\n} from './b.ts'",
      "import './c.ts'",
      "export { d } from '../d.ts'",
      "export * from './e.ts'",
      "const f = await import('./f.ts')",
      "import { type G } from './g.ts'",
      "import pg from 'pg'",
    ].join('\n')
    const { imports, packages } = read('domain/x.ts', text)
    const types = ['domain/b.ts']
    const modules = ['d.ts', 'domain/c.ts', 'domain/e.ts', 'domain/f.ts', 'domain/g.ts', 'ops/a.ts']
    expect(imports.toSorted()).toEqual([...modules, ...types].toSorted())
    expect(packages).toEqual(['pg'])
  })
})
