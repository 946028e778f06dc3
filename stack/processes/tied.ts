import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'

export interface TiedOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly folder?: string
  /** A file for what it says, or for everybody to see. Without one nobody hears it. */
  readonly log?: string | 'terminal' | undefined
  /** What it is ended with when this process has ended. */
  readonly lastSignal?: 'SIGKILL' | 'SIGQUIT'
  /** Whom it runs as. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
}

/** A process that outlives this one in no case, not even where this one is killed with -9. */
export interface Tied {
  readonly pid: number
  readonly hasEnded: boolean
  /** Resolves with its exit code, or the signal it died of. */
  readonly ended: Promise<number | NodeJS.Signals>
  signal(signal: NodeJS.Signals): void
}

/**
 * A watcher reads what this process holds the other end of, then the shell becomes the program. A line says that the program has
 * ended; the end of the input, that this process has.
 */
const SHELL = `exec 3<&0
(read -r _ <&3 || { kill -s "$0" $$; kill -s CONT $$; }) >/dev/null 2>&1 &
exec "$@" 3<&- </dev/null`

/** It gets no Ctrl-C of the terminal either: in what order things end is for this process to say. */
export function spawnTied(command: readonly string[], options: TiedOptions = {}): Tied {
  const { environment, folder, log, lastSignal = 'SIGKILL', user } = options
  const output = outputOf(log)
  const child = spawn('/bin/sh', ['-c', SHELL, lastSignal.slice('SIG'.length), ...command], {
    ...(folder !== undefined && { cwd: folder }),
    ...user,
    env: { ...process.env, ...environment },
    stdio: ['pipe', output, output],
    detached: true,
  })
  if (typeof output === 'number') closeSync(output)
  return tied(child)
}

function outputOf(log: TiedOptions['log']): 'ignore' | 'inherit' | number {
  if (log === undefined) return 'ignore'
  return log === 'terminal' ? 'inherit' : openSync(log, 'a')
}

function tied(child: ChildProcess): Tied {
  let hasEnded = false
  // What was never written needs no reader.
  child.stdin?.on('error', () => {})
  const ended = once(child, 'exit').then(([code, signal]) => {
    hasEnded = true
    child.stdin?.end('\n')
    return (code ?? signal) as number | NodeJS.Signals
  })
  return {
    pid: child.pid ?? 0,
    ended,
    get hasEnded() {
      return hasEnded
    },
    signal: (signal) => void child.kill(signal),
  }
}
