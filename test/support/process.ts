import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { PATIENT } from './patient.ts'

const MAIN = new URL('../../dist/cli/main.js', import.meta.url).pathname

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command of the built CLI to its end, or kills it without warning when the signal says so: then its code is null. */
export async function rollcall(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<Finished> {
  const child = start(args, environment)
  const kill = () => child.kill('SIGKILL')
  if (signal?.aborted) kill()
  signal?.addEventListener('abort', kill, { once: true })
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk) => (stdout += chunk))
  child.stderr?.on('data', (chunk) => (stderr += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** Of this build, or of another one's `main.js`. */
export const start = (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  main = MAIN,
): ChildProcess =>
  spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

export interface ServerProcess {
  readonly url: string
  readonly child: ChildProcess
  /** What it said until it listened. */
  readonly greeting: string
  kill(signal: NodeJS.Signals): Promise<void>
}

/** A server that ended before it listened. */
export class StartFailure extends Error {
  readonly code: number | null

  constructor(code: number | null, greeting: string) {
    super(`the server did not start, and ended with ${code}:\n${greeting}`)
    this.name = 'StartFailure'
    this.code = code
  }
}

/** The built server as a process of its own, once it listens. Rejects with `StartFailure`. */
export async function serveProcess(
  environment: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  main = MAIN,
): Promise<ServerProcess> {
  const child = start(['serve', ...args], { PORT: '0', ROLLCALL_LOG_LEVEL: 'warn', ...environment }, main)
  const closed = once(child, 'close')
  let greeting = ''
  let url: string | undefined
  for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
    greeting += `${line}\n`
    url ??= /(http:\/\/[^/\s]+)\/graphql/.exec(line)?.[1]
    if (url !== undefined && line.trim() === '') break
  }
  if (url === undefined) throw new StartFailure(((await closed) as [number | null])[0], greeting)
  child.stderr?.resume()
  child.stdout?.resume()
  return {
    url,
    child,
    greeting,
    async kill(signal) {
      child.kill(signal)
      await closed
    },
  }
}

const LOOK_MS = 20

/** As `serveProcess`, once it lets in whoever asks; and it is patient, unless told otherwise. */
export async function serveReady(
  ...[environment, ...rest]: Parameters<typeof serveProcess>
): Promise<ServerProcess> {
  const server = await serveProcess({ ...PATIENT, ...environment }, ...rest)
  while (!(await fetch(`${server.url}/readyz`)).ok) await delay(LOOK_MS)
  return server
}
