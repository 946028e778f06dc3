import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const MAIN = new URL('../../dist/cli/main.js', import.meta.url).pathname

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command of the built CLI to its end. */
export async function rollcall(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const child = start(args, environment)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk) => (stdout += chunk))
  child.stderr?.on('data', (chunk) => (stderr += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

export const start = (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess =>
  spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

export interface ServerProcess {
  readonly url: string
  readonly child: ChildProcess
  /** What it said until it was ready. */
  readonly greeting: string
  kill(signal: NodeJS.Signals): Promise<void>
}

/** The built server as a process of its own, once it is ready. */
export async function serveProcess(
  environment: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<ServerProcess> {
  const child = start(['serve', ...args], { PORT: '0', ROLLCALL_LOG_LEVEL: 'warn', ...environment })
  const closed = once(child, 'close')
  let greeting = ''
  let url: string | undefined
  for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
    greeting += `${line}\n`
    url ??= /(http:\/\/[^/\s]+)\/graphql/.exec(line)?.[1]
    if (url !== undefined && line.trim() === '') break
  }
  if (url === undefined) throw new Error(`the server did not start:\n${greeting}`)
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
