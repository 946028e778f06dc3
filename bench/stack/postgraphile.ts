import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { generationSchema } from '../../src/views/postgres/names.ts'
import { type Server, startProgram } from '../servers.ts'
import type { StackPlaces } from './places.ts'

const FOLDER = new URL('../peers/postgraphile/', import.meta.url).pathname

/** PostGraphile over the tables of the stack's views. Null where it is not installed and cannot be. */
export async function startPostGraphile(
  { views, epoch }: StackPlaces,
  say: (line: string) => void,
): Promise<Server | null> {
  if (!isInstalled()) {
    say('installing PostGraphile …')
    spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
      cwd: FOLDER,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }
  if (!isInstalled()) {
    say('PostGraphile is not measured: it could not be installed')
    return null
  }
  const settings = { GRAPHILE_ENV: 'production' }
  return startProgram('postgraphile', [join(FOLDER, 'serve.ts'), views, generationSchema(epoch)], settings)
}

/** What npm writes last. */
const isInstalled = (): boolean => existsSync(join(FOLDER, 'node_modules/.package-lock.json'))
