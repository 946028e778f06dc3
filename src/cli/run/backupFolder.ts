import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFailure } from '../command.ts'
import { EXIT } from '../exitCodes.ts'

/** What a backup says of itself. It is written last: a folder without it is no backup. */
export interface Manifest {
  readonly format: 1
  readonly madeAt: string
  /** Of the newest event. */
  readonly position: number
  /** The log's root at this position: see `RootHash`. */
  readonly root: string
  readonly files: readonly FileDigest[]
}

export interface FileDigest {
  readonly name: string
  readonly bytes: number
  /** In hexadecimal, as `sha256sum` prints it. */
  readonly sha256: string
}

export const MANIFEST = 'backup.json'
export const LOG = 'log.sqlite'
export const OPERATOR_KEY = 'operator-key.sha256'
/** What a backup can hold. */
const FILES: readonly string[] = [LOG, OPERATOR_KEY]

/** The names in it; none where it does not exist. A file system's own folder does not count. */
export async function contentsOf(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name !== 'lost+found')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new CommandFailure(`${folder} cannot be read: ${(error as Error).message}`, EXIT.usage)
  }
}

/** The first names, for a message. */
export const someOf = (names: readonly string[]): string =>
  names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '')

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const file = join(folder, MANIFEST)
  await writeFile(`${file}.new`, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true })
  await syncFolder(folder)
  await rename(`${file}.new`, file)
  await syncFolder(folder)
}

/** Fails where the folder is no backup, or one that was not finished. */
export async function readManifest(folder: string): Promise<Manifest> {
  const names = await contentsOf(folder)
  if (!names.includes(MANIFEST)) {
    const why = names.includes(`${LOG}.unfinished`)
      ? 'it was not finished'
      : names.length === 0
        ? 'there is nothing in it'
        : `it has no ${MANIFEST}, so it was not finished, or is something else`
    throw new CommandFailure(`${folder} is no whole backup: ${why}`, EXIT.usage)
  }
  const manifest = parse(await readFile(join(folder, MANIFEST), 'utf8'))
  if (manifest === null) {
    throw new CommandFailure(
      `${join(folder, MANIFEST)} is damaged, or of a newer release of rollcall`,
      EXIT.usage,
    )
  }
  return manifest
}

function parse(text: string): Manifest | null {
  try {
    const manifest = JSON.parse(text) as Partial<Manifest> | null
    const { format, madeAt, position, root, files } = manifest ?? {}
    const isSound =
      format === 1 &&
      typeof madeAt === 'string' &&
      typeof position === 'number' &&
      typeof root === 'string' &&
      Array.isArray(files) &&
      files.every(isDigest) &&
      files.some(({ name }) => name === LOG)
    return isSound ? (manifest as Manifest) : null
  } catch {
    return null
  }
}

function isDigest(file: unknown): file is FileDigest {
  const { name, bytes, sha256 } = (file ?? {}) as Partial<FileDigest>
  return FILES.includes(name ?? '') && typeof bytes === 'number' && typeof sha256 === 'string'
}

/** Reads the file whole; with a target also copies it there, durably, to a new file that is its owner's alone. A copy that fails leaves none. */
export async function digest(
  file: string,
  target: string | null = null,
  onProgress: (bytes: number) => void = () => {},
): Promise<Omit<FileDigest, 'name'>> {
  const hash = createHash('sha256')
  const copy = target === null ? null : await open(target, NEW_FILE, 0o600)
  let bytes = 0
  try {
    for await (const chunk of createReadStream(file, {
      highWaterMark: CHUNK_BYTES,
    }) as AsyncIterable<Buffer>) {
      hash.update(chunk)
      if (copy !== null) await copy.appendFile(chunk)
      bytes += chunk.length
      onProgress(bytes)
    }
    await copy?.sync()
  } catch (error) {
    if (target !== null) await rm(target, { force: true })
    throw error
  } finally {
    await copy?.close()
  }
  return { bytes, sha256: hash.digest('hex') }
}

const CHUNK_BYTES = 1024 * 1024
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL

/** What was made, renamed or linked in it survives the loss of power. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
