import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const MAIN = new URL('../dist/cli/main.js', import.meta.url).pathname

/** The eight years of a real organisation, where this checkout lies beside them. */
const HISTORY = new URL('../../shared/data/k8s-directory/history.ndjson.gz', import.meta.url).pathname

/** How long it took to fill a directory, from the start of the process to its end, with the views level with the log. */
export interface Filling {
  readonly lines: number
  readonly seconds: number
}

/** Seeds a directory of so many users in the folder. One that an earlier run left there whole is taken as it is. */
export async function seeded(folder: string, users: number): Promise<Filling> {
  const note = join(folder, 'bench-filling.json')
  if (existsSync(note)) return JSON.parse(readFileSync(note, 'utf8')) as Filling
  const filling = await fill(['seed', '--users', String(users), '--data', folder])
  writeFileSync(note, JSON.stringify(filling))
  return filling
}

/** Imports the real history into the folder; null where it is not at hand. */
export async function importedHistory(folder: string): Promise<Filling | null> {
  return existsSync(HISTORY) ? fill(['import', HISTORY, '--data', folder]) : null
}

async function fill(args: readonly string[]): Promise<Filling> {
  const started = performance.now()
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let told = ''
  child.stdout.on('data', (chunk) => {
    told += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  const lines = /^(\d+)(?: lines)? applied/.exec(told)?.[1]
  if (code !== 0 || lines === undefined)
    throw new Error(`rollcall ${args.join(' ')} ended with ${code}: ${told}`)
  return { lines: Number(lines), seconds: (performance.now() - started) / 1_000 }
}
