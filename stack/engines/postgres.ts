import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { spawnTied, type Tied } from '../processes/tied.ts'
import { type Account, type Programs, programsFor } from './postgresPrograms.ts'

export interface PostgresOptions {
  readonly port: number
  /** Where the database is, or will be made. */
  readonly folder: string
  /** Like `fsync=off`. */
  readonly settings?: readonly string[]
  readonly log?: string | undefined
}

const NAME = 'rollcall'
const SETTINGS = [
  'max_connections=200',
  'shared_buffers=64MB',
  'unix_socket_directories=',
  'listen_addresses=127.0.0.1',
]
/** No locale of the machine, so that texts mean the same everywhere. */
const INITDB = [
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--locale=C.UTF-8',
  '--no-sync',
]

export const postgresUrl = (port: number): string => `postgres://${NAME}:${NAME}@127.0.0.1:${port}/postgres`

const run = promisify(execFile)

/** The PostgreSQL that npm has installed, on loopback. It ends in good order by SIGINT, at once by SIGQUIT. */
export async function spawnPostgres({ port, folder, settings = [], log }: PostgresOptions): Promise<Tied> {
  const user = process.getuid?.() === 0 ? await accountBesideRoot() : undefined
  const programs = await programsFor(user)
  if (!existsSync(join(folder, 'PG_VERSION'))) await initialise(programs, folder, user)
  const flags = [...SETTINGS, ...settings].flatMap((setting) => ['-c', setting])
  return spawnTied([programs.postgres, '-D', folder, '-p', String(port), ...flags], {
    lastSignal: 'SIGQUIT',
    user,
    log,
  })
}

/** Rejects where it takes no connections. */
export async function connectOnce(port: number): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl(port) })
  client.on('error', () => {})
  await client.connect()
  await client.end()
}

async function initialise({ initdb }: Programs, folder: string, user: Account | undefined): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (user !== undefined) await chown(folder, user.uid, user.gid)
  const password = `${folder}.password`
  await writeFile(password, NAME)
  if (user !== undefined) await chown(password, user.uid, user.gid)
  try {
    const options = [`--pgdata=${folder}`, `--username=${NAME}`, `--pwfile=${password}`, '--auth=password']
    await run(initdb, [...options, ...INITDB], { ...user, cwd: '/' })
  } finally {
    await rm(password)
  }
}

/** PostgreSQL refuses to run as root. */
async function accountBesideRoot(): Promise<Account> {
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout)
  const account = async () => ({ uid: await id('-u'), gid: await id('-g') })
  try {
    return await account()
  } catch {
    await run('useradd', ['--system', '--user-group', 'postgres'])
    return account()
  }
}
