import { chmod, mkdtemp, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, test } from 'vitest'
import { connectOnce, postgresUrl, spawnPostgres } from '../../stack/engines/postgres.ts'
import { freePort } from '../../stack/processes/freePort.ts'
import { ready } from '../../stack/processes/ready.ts'
import type { Tied } from '../../stack/processes/tied.ts'

/** A PostgreSQL of its own, in a temporary folder, on loopback. */
export interface Postgres {
  readonly url: string
  /** At once, without finishing anything; it recovers at the next start. */
  kill(): Promise<void>
  /** kill -9 of all its processes: not even clients are told. It recovers at the next start. */
  crash(): Promise<void>
  /** After `kill`, at the same address. */
  start(): Promise<void>
  /** Ends it, and leaves nothing behind. */
  stop(): Promise<void>
}

/** It ends with this process, however that ends. Its data is below `parent`. */
export async function startPostgres(
  settings: readonly string[] = ['fsync=off'],
  parent = tmpdir(),
): Promise<Postgres> {
  const folder = await mkdtemp(join(parent, 'rollcall-postgres-'))
  // PostgreSQL refuses to run as root: as another user it has to get into its folder.
  await chmod(folder, 0o755)
  const remove = () => rm(folder, { recursive: true, force: true })
  const port = await freePort()
  const log = join(folder, 'log')
  const launch = async () => {
    const server = await spawnPostgres({ port, folder: join(folder, 'data'), settings, log })
    await ready({ title: 'PostgreSQL', log }, server, () => connectOnce(port))
    return server
  }
  let server = await launch().catch(async (error: unknown) => {
    await remove()
    throw new Error(`PostgreSQL could not be started: ${error}`)
  })
  const end = async (signal: 'SIGINT' | 'SIGQUIT') => {
    server.signal(signal)
    await server.ended
  }
  return {
    url: postgresUrl(port),
    kill: () => end('SIGQUIT'),
    crash: () => crash(server),
    async start() {
      server = await launch()
    },
    async stop() {
      await end('SIGINT')
      await remove()
    },
  }
}

/**
 * A PostgreSQL for a file's tests, to be asked for at its top. Null where it cannot be started: the tests say so and are skipped;
 * with ROLLCALL_REQUIRE_ENGINES=1 that is a failure.
 */
export async function postgresOrSkip(settings?: readonly string[]): Promise<Postgres | null> {
  try {
    const postgres = await startPostgres(settings)
    afterAll(() => postgres.stop())
    return postgres
  } catch (error) {
    if (process.env.ROLLCALL_REQUIRE_ENGINES === '1') throw error
    test.skip(`PostgreSQL is skipped: ${error}`)
    return null
  }
}

let views = 0
/** An epoch that no other test has: its views and its journal are its own. */
export const freshEpoch = (): string => `${process.pid}_${++views}`

const LOOK_MS = 10

/** All of them, at once: what is left, or begun meanwhile, would keep the next server from starting. */
async function crash({ pid, ended }: Tied): Promise<void> {
  // From here on it begins no other.
  process.kill(pid, 'SIGSTOP')
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  const all = [...children.split(' ').filter(Boolean).map(Number), pid]
  for (const each of all) killIfThere(each)
  await ended
  while ((await Promise.all(all.map(isRunning))).includes(true)) await delay(LOOK_MS)
}

/** It may have ended by itself just now. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A process that has ended has no program, whether or not anybody has taken note of its end. */
const isRunning = (pid: number): Promise<boolean> =>
  readlink(`/proc/${pid}/exe`).then(
    () => true,
    () => false,
  )
