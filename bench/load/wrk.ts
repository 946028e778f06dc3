import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { LoadOptions, LoadTool, Requests } from './Load.ts'

const run = promisify(execFile)
const SCRIPT = new URL('./wrk.lua', import.meta.url).pathname

/** wrk, if it is installed. On few cores it is to be preferred: it takes a tenth of the CPU that a generator in JavaScript needs. */
export async function wrk(folder: string): Promise<LoadTool | null> {
  // It has no way to say its version and succeed.
  const banner = await run('wrk', ['--version']).catch((error: { stdout?: string }) => error)
  const name = /^wrk \S+/.exec(banner.stdout ?? '')?.[0]
  if (name === undefined) return null
  const files = new Map<Requests, Promise<string>>()

  function fileOf(requests: Requests): Promise<string> {
    const file = files.get(requests) ?? write(requests, join(folder, `requests-${files.size}.txt`))
    files.set(requests, file)
    return file
  }

  async function write({ method, path, body, values }: Requests, file: string): Promise<string> {
    await writeFile(file, [method, path, body, ...(values === 'unique' ? [values] : values)].join('\n'))
    return file
  }

  return {
    name,
    async run({ url, requests, connections, seconds }: LoadOptions) {
      const headers = Object.entries(requests.headers).flatMap(([header, value]) => [
        '-H',
        `${header}: ${value}`,
      ])
      const args = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '30s', ...headers]
      const own = [await fileOf(requests), randomBytes(6).toString('hex')]
      const { stdout } = await run('wrk', [...args, '-s', SCRIPT, url, '--', ...own])
      const last = stdout.trimEnd().split('\n').at(-1) ?? ''
      const told = JSON.parse(last) as Record<'count' | 'micros' | 'p50' | 'p99' | 'failed', number>
      return {
        count: told.count,
        perSecond: told.count / (told.micros / 1_000_000),
        p50Ms: told.p50 / 1_000,
        p99Ms: told.p99 / 1_000,
        failed: told.failed,
      }
    },
  }
}
