import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where the engines' data and everybody's log files are. */
export interface StackFolder {
  readonly path: string
  readonly isKept: boolean
  file(name: string): string
  /** A folder in it, made where it is not. */
  sub(name: string): Promise<string>
  /** Of what a part says. */
  log(part: string): string
  /** Removes what is not to be kept. */
  close(): Promise<void>
}

/** Once nobody holds its input any more. Until then, and a little longer after a crash, the engines write there. */
const SWEEP = 'read -r _; until rm -rf "$1"; do sleep 0.2; done'

/** The folder that is named, or one that goes with this process, however that ends. */
export async function openFolder(named: string | undefined): Promise<StackFolder> {
  const path = named === undefined ? await mkdtemp(join(tmpdir(), 'rollcall-stack-')) : resolve(named)
  await mkdir(path, { recursive: true })
  // PostgreSQL may run as another user, who has to get into its own folder in there.
  await chmod(path, 0o755)
  const file = (name: string) => join(path, name)
  const sub = async (name: string) => {
    await mkdir(file(name), { recursive: true })
    return file(name)
  }
  await sub('logs')
  const folder = {
    ...{ path, file, sub },
    isKept: named !== undefined,
    log: (part: string) => file(`logs/${part}.log`),
  }
  if (folder.isKept) return { ...folder, async close() {} }
  const sweeper = spawn('/bin/sh', ['-c', SWEEP, 'sh', path], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  return {
    ...folder,
    async close() {
      const swept = once(sweeper, 'exit')
      sweeper.stdin.end()
      await swept
    },
  }
}
