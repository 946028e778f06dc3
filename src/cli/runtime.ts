import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { EXIT } from './exitCodes.ts'

/** This module runs on older nodes too: it may import nothing that they lack. */
export const NEEDED_NODE = 24

/**
 * With what node is to be started. It would let the young objects of each thread grow to 128 MB, and keep that after a burst, as when
 * thousands of followers connect; with what older releases gave them, requests take no more CPU.
 */
export const NODE_FLAGS: readonly string[] = ['--max-semi-space-size=16']

/** Whether a node of this version can run rollcall. */
export const canRun = (version: string): boolean =>
  Number.parseInt(version, 10) >= NEEDED_NODE && isBuiltin('node:sqlite')

/** The node that npm installed beside rollcall, or null. */
export function pinnedNode(): string | null {
  try {
    const home = dirname(createRequire(import.meta.url).resolve('node/package.json'))
    const places = [join(home, 'bin', 'node'), join(home, 'bin', 'node.exe')]
    return places.find((place) => existsSync(place)) ?? null
  } catch {
    return null
  }
}

/**
 * Runs the same command line under another node, passes signals on, and resolves with its exit code. A child that died of a
 * signal gives 128 and the signal's number, as shells do.
 */
export async function runUnder(node: string, args: readonly string[]): Promise<number> {
  const child = spawn(node, args, { stdio: 'inherit' })
  // On a terminal Ctrl+C reaches the child as well: passing it on would make it two.
  const ignored = process.stdin.isTTY ? 'SIGINT' : null
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => signal !== ignored && child.kill(signal))
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      resolve(signal === null ? (code ?? EXIT.unavailable) : 128 + constants.signals[signal])
    })
  })
}

export const tooOld = (version: string): string =>
  `rollcall needs Node ${NEEDED_NODE} or newer, and this is ${version}.
Either run "npm ci" in rollcall's folder, which installs one beside it, or install Node ${NEEDED_NODE} and run this again.
`
