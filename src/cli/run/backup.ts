import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { copyLog } from '../../log/sqlite/copyLog.ts'
import { CommandFailure } from '../command.ts'
import type { Config } from '../config.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import { createProgress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import {
  contentsOf,
  digest,
  type FileDigest,
  LOG,
  MANIFEST,
  OPERATOR_KEY,
  someOf,
  syncFolder,
  writeManifest,
} from './backupFolder.ts'
import { logFile, requireLog } from './logFile.ts'

export interface BackupOptions {
  readonly folder: string
}

const MB = 1_000_000
/** The manifest comes last: once it is there, nothing fails any more. */
const MADE = [`${LOG}.unfinished`, `${LOG}.unfinished-journal`, LOG, OPERATOR_KEY, `${MANIFEST}.new`]

/**
 * Copies what cannot be made again: the log as of one moment, and the hash of the operator's key if one was generated. Views are
 * made from the log. Whatever was acknowledged before it began is in it.
 */
export async function backup(
  config: Config,
  { folder }: BackupOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const source = logFile(config.data)
  await requireLog(config)
  await requireEmpty(folder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const target = join(folder, LOG)
  const unfinished = `${target}.unfinished`
  // Made here, because SQLite would let others read it.
  await writeFile(unfinished, '', { flag: 'wx', mode: 0o600 })
  const progress = createProgress({ things: 'MB', terminal })
  try {
    const { position, root } = await copyLog({
      file: source,
      target: unfinished,
      onProgress: (done, all) => progress.update(Math.round(done / MB), done / all),
    })
    const log = await digest(unfinished)
    progress.end(Math.round(log.bytes / MB))
    const files = [{ name: LOG, ...log }, ...(await copyKey(config.data, folder))]
    await rename(unfinished, target)
    await writeManifest(folder, { format: 1, madeAt: new Date().toISOString(), position, root, files })
    terminal.print(`${position.toLocaleString('en')} events, ${size(log.bytes)}, in ${folder}`)
    terminal.print(`The log's root at position ${position} is ${root}`)
    return EXIT.ok
  } catch (error) {
    for (const name of MADE) await rm(join(folder, name), { force: true })
    throw error
  } finally {
    await syncFolder(folder)
  }
}

async function requireEmpty(folder: string): Promise<void> {
  const names = await contentsOf(folder)
  if (names.length === 0) return
  const what = names.includes(MANIFEST)
    ? 'holds a backup already'
    : names.includes(`${LOG}.unfinished`)
      ? 'holds a backup that is under way or was not finished: delete it if nobody is at it'
      : `is not empty (${someOf(names)})`
  throw new CommandFailure(`${folder} ${what}. A backup goes into a new or empty folder`, EXIT.usage)
}

async function copyKey(data: string, folder: string): Promise<readonly FileDigest[]> {
  const key = join(data, OPERATOR_KEY)
  return existsSync(key) ? [{ name: OPERATOR_KEY, ...(await digest(key, join(folder, OPERATOR_KEY))) }] : []
}

const size = (bytes: number): string =>
  bytes < MB ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / MB).toFixed(1)} MB`
