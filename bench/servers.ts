import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { NODE_FLAGS } from '../src/cli/runtime.ts'
import { openSqliteLogReader } from '../src/log/sqlite/SqliteLogReader.ts'
import { viewFile } from '../src/views/generations.ts'
import { freePort } from '../stack/processes/freePort.ts'
import { MAIN } from './directory.ts'

export type Contender = 'rollcall' | 'bare' | 'mercurius' | 'bareWs' | 'postgraphile'

/** The gateway's own key, for what is set up before the load. */
export const OPERATOR_KEY = 'bench-operator-key-0123456789'

/** A server in a process of its own, ready. */
export interface Server {
  readonly url: string
  readonly pid: number
  /** From the spawning of its process to its first answer that says it is ready. */
  readonly secondsToReady: number
  stop(): Promise<void>
}

const PEERS = {
  bare: new URL('./peers/bare.ts', import.meta.url).pathname,
  mercurius: new URL('./peers/mercurius.ts', import.meta.url).pathname,
  bareWs: new URL('./peers/bareWs.ts', import.meta.url).pathname,
} as const

const POLL_MS = 5
const GIVE_UP_MS = 120_000

/** Starts a contender over the directory in the folder. All of them run with what is default, under the node that `npm start` gives, and log to nowhere. */
export async function start(contender: 'rollcall' | keyof typeof PEERS, folder: string): Promise<Server> {
  const args = contender === 'rollcall' ? [MAIN, 'serve'] : [PEERS[contender], await viewsIn(folder)]
  const environment = { ROLLCALL_DATA: folder, ROLLCALL_OPERATOR_KEY: OPERATOR_KEY }
  return startProgram(`${contender} over ${folder}`, args, environment)
}

/** Of Node, that listens on PORT and says at /readyz when it is ready. */
export async function startProgram(
  title: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const port = await freePort()
  const spawned = performance.now()
  const child = spawn(process.execPath, [...NODE_FLAGS, ...args], {
    env: { ...process.env, NODE_ENV: 'production', PORT: String(port), ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-4_000)
  })
  const closed = once(child, 'close')
  let stopping = false
  child.once('close', (code, signal) => {
    if (!stopping) process.stderr.write(`${title} ended with ${code ?? signal}:\n${complaint}\n`)
  })
  const url = `http://127.0.0.1:${port}`
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`${title} did not start:\n${complaint}`)
    if (performance.now() - spawned > GIVE_UP_MS) throw new Error(`${title} was never ready`)
    await sleep(POLL_MS)
  }
  return {
    url,
    pid: child.pid ?? 0,
    secondsToReady: (performance.now() - spawned) / 1_000,
    async stop() {
      stopping = true
      child.kill('SIGTERM')
      await closed
    },
  }
}

async function viewsIn(folder: string): Promise<string> {
  const log = await openSqliteLogReader({ file: join(folder, 'log.sqlite') })
  await log.close()
  return viewFile(folder, log.epoch)
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/readyz`).then(
    async (response) => {
      await response.arrayBuffer()
      return response.ok
    },
    () => false,
  )
