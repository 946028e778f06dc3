import { mkdir } from 'node:fs/promises'
import type { CommandLog } from '../../log/EventLog.ts'
import type { Config } from '../config.ts'
import type { Directory, DirectoryHooks } from './directory.ts'

/**
 * Opens the engines that are configured. The views may still be catching up with the log: see `level`. Those that are not used are
 * not loaded either.
 */
export async function openDirectory(config: Config, hooks: DirectoryHooks = {}): Promise<Directory> {
  const { log, views, data } = config
  if (log !== null && views !== null) {
    const { openShared } = await import('./shared.ts')
    return openShared({ table: log, views }, hooks)
  }
  const { openEmbedded } = await import('./embedded.ts')
  return openEmbedded(data, hooks)
}

/** As `openDirectory`, where there need not be a folder yet. */
export async function openOrMakeDirectory(config: Config, hooks: DirectoryHooks = {}): Promise<Directory> {
  await makeFolder(config)
  return openDirectory(config, hooks)
}

/** As `Directory.write`, for a process that does nothing else. */
export async function writeAlone<A>(config: Config, work: (log: CommandLog) => Promise<A>): Promise<A> {
  await makeFolder(config)
  if (config.log === null) {
    const { writeThenLevel } = await import('./embedded.ts')
    return writeThenLevel(config.data, work)
  }
  const directory = await openDirectory(config)
  return directory.write(work).finally(() => directory.close())
}

async function makeFolder({ log, data }: Config): Promise<void> {
  if (log === null) await mkdir(data, { recursive: true, mode: 0o700 })
}
