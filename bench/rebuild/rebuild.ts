import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, bearer } from '../api.ts'
import { write } from '../feed/writes.ts'
import { OPERATOR_KEY, type Server } from '../servers.ts'
import { told } from '../told.ts'

const VIEWS = new URL('./views.ts', import.meta.url)

/** Views built from the log, from its first event until they were level with it, beside a server at work. */
export interface Rebuild {
  readonly events: number
  readonly seconds: number
  /** What the server was asked meanwhile: a read and a write at a time, with a pause after each. */
  readonly requests: number
  readonly failed: number
}

const PAUSE_MS = 5
const READ = '{ users(first: 20) { nodes { id username email } } }'

/** `folder` is the server's; the views are built into a file of the other folder. */
export async function rebuild(server: Server, folder: string, target: string): Promise<Rebuild> {
  const stop = new AbortController()
  const load = [
    keepAsking(() => ask(server.url, bearer(OPERATOR_KEY), READ), stop.signal),
    keepAsking(() => write(server.url), stop.signal),
  ]
  const files = [join(folder, 'log.sqlite'), join(target, 'rebuilt.sqlite')]
  const built = await told<Pick<Rebuild, 'events' | 'seconds'>>(VIEWS, files)
  stop.abort()
  const asked = await Promise.all(load)
  return {
    ...built,
    requests: asked.reduce((sum, { requests }) => sum + requests, 0),
    failed: asked.reduce((sum, { failed }) => sum + failed, 0),
  }
}

async function keepAsking(request: () => Promise<unknown>, signal: AbortSignal) {
  let [requests, failed] = [0, 0]
  while (!signal.aborted) {
    requests += 1
    await request().catch(() => {
      failed += 1
    })
    await sleep(PAUSE_MS)
  }
  return { requests, failed }
}
