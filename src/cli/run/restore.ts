import { link, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { beginEpoch } from '../../log/sqlite/copyLog.ts'
import { checkIntegrity, type LogRoot } from '../../log/sqlite/integrity/checkIntegrity.ts'
import { CommandFailure } from '../command.ts'
import type { Config } from '../config.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import { createProgress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import { contentsOf, digest, LOG, type Manifest, readManifest, someOf, syncFolder } from './backupFolder.ts'
import { inLog } from './verifyReport.ts'

export interface RestoreOptions {
  readonly folder: string
  /** Whether the log's chains are computed from its events. The files' digests are compared in any case. */
  readonly verify: boolean
}

const MB = 1_000_000
const MAX_TOLD = 20

/** Puts a backup into an empty data folder, under a new epoch. The log appears there at the very end, whole. */
export async function restore(
  { data }: Config,
  { folder, verify }: RestoreOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const manifest = await readManifest(folder)
  await requireEmpty(data)
  await mkdir(data, { recursive: true, mode: 0o700 })
  const unfinished = join(data, `${LOG}.restoring`)
  const made: string[] = []
  try {
    for (const { name } of manifest.files) {
      const target = name === LOG ? unfinished : join(data, name)
      await copyFile(folder, name, target, manifest, terminal)
      made.push(target)
    }
    if (verify) await verifyLog(unfinished, manifest, terminal)
    beginEpoch(unfinished)
    await publish(unfinished, join(data, LOG))
    made.splice(0, made.length, unfinished)
    terminal.print(
      `${manifest.position.toLocaleString('en')} events, as of ${manifest.madeAt}, are in ${data}, under a new epoch`,
    )
    terminal.print(
      'Clients that hold tokens or cursors from before are told so: they read again, and followers start from a fresh copy',
    )
    return EXIT.ok
  } finally {
    for (const file of made) {
      for (const suffix of ['', '-wal', '-shm']) await rm(file + suffix, { force: true })
    }
    await syncFolder(data)
  }
}

async function requireEmpty(data: string): Promise<void> {
  const names = await contentsOf(data)
  if (names.length === 0) return
  throw new CommandFailure(
    `${data} is not empty (${someOf(names)}), and nothing in it is ever overwritten: stop the servers and move it away, or name another folder with --data`,
    EXIT.usage,
  )
}

async function copyFile(
  folder: string,
  name: string,
  target: string,
  { files }: Manifest,
  terminal: Terminal,
): Promise<void> {
  const wanted = files.find((file) => file.name === name)
  const progress = createProgress({ things: 'MB', terminal })
  const found = await digest(join(folder, name), target, (bytes) =>
    progress.update(Math.round(bytes / MB), bytes / (wanted?.bytes || 1)),
  ).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new CommandFailure(`${join(folder, name)} is missing`, EXIT.problems)
  })
  if (name === LOG) progress.end(Math.round(found.bytes / MB))
  if (found.sha256 === wanted?.sha256) return
  await rm(target)
  throw new CommandFailure(
    `${join(folder, name)} is not what the backup wrote: ${found.bytes} bytes with SHA-256 ${found.sha256}, but it was ${wanted?.bytes} with ${wanted?.sha256}. Nothing was restored`,
    EXIT.problems,
  )
}

async function verifyLog(file: string, manifest: Manifest, terminal: Terminal): Promise<void> {
  const progress = createProgress({ things: 'events of the log checked', terminal })
  let problems = 0
  const { position, root } = await lastOf(checkIntegrity({ file }), ({ problems: found, share }) => {
    for (const problem of found) {
      problems += 1
      if (problems <= MAX_TOLD) terminal.print(inLog(problem))
    }
    progress.update(Math.round(manifest.position * share), share)
  })
  progress.end(position)
  if (problems > 0) {
    throw new CommandFailure(`The log has problems: ${problems}. Nothing was restored`, EXIT.problems)
  }
  if (root !== manifest.root || position !== manifest.position) {
    throw new CommandFailure(
      `The log's root at position ${position} is ${root}, but the backup noted ${manifest.root} at ${manifest.position}. Nothing was restored`,
      EXIT.problems,
    )
  }
}

type Step = ReturnType<typeof checkIntegrity> extends Generator<infer S> ? S : never

async function lastOf(
  steps: ReturnType<typeof checkIntegrity>,
  onStep: (step: Step) => void,
): Promise<LogRoot> {
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value
    onStep(step.value)
    await nextTurn()
  }
}

/** Never overwrites a log that was begun there meanwhile. */
async function publish(unfinished: string, target: string): Promise<void> {
  try {
    await link(unfinished, target)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new CommandFailure(
      `${target} was begun meanwhile by somebody else. Nothing was restored`,
      EXIT.usage,
    )
  }
}
