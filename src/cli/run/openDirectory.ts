import { mkdir } from 'node:fs/promises'
import type { CommandLog } from '../../log/EventLog.ts'
import type { Config } from '../config.ts'
import type { Directory, DirectoryHooks } from './directory.ts'
import { requireLog } from './logFile.ts'

/** Opens the engines that are configured, where there is a log. The views may still be catching up with it: see `level`. */
export async function openDirectory(config: Config, hooks: DirectoryHooks = {}): Promise<Directory> {
  await requireLog(config)
  return open(config, hooks)
}

/** As `openDirectory`; a folder, and a log in it, are made where there are none. */
export async function openOrMakeDirectory(config: Config, hooks: DirectoryHooks = {}): Promise<Directory> {
  await makeFolder(config)
  return open(config, hooks)
}

/** Engines that are not used are not loaded either. */
async function open(config: Config, hooks: DirectoryHooks = {}): Promise<Directory> {
  const { log, views, data } = config
  if (log !== null && views !== null) {
    const { openShared } = await import('./shared.ts')
    return openShared({ table: log, views }, hooks)
  }
  const { openEmbedded } = await import('./embedded.ts')
  return openEmbedded(data, hooks)
}

/** As `Directory.write`, there or where a log is made, for a process that does nothing else. */
export async function writeAlone<A>(config: Config, work: (log: CommandLog) => Promise<A>): Promise<A> {
  await makeFolder(config)
  if (config.log === null) {
    const { writeThenLevel } = await import('./embedded.ts')
    return writeThenLevel(config.data, work)
  }
  const directory = await open(config)
  return directory.write(work).finally(() => directory.close())
}

async function makeFolder({ log, data }: Config): Promise<void> {
  if (log === null) await mkdir(data, { recursive: true, mode: 0o700 })
}
