import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { VIEW_VERSION } from '../../src/views/generations.ts'
import { Client, CREATE_USER, USER } from '../support/client.ts'
import { hasSharedEngines, newLog } from '../support/engines.ts'
import { rollcall, type ServerProcess, serveReady } from '../support/process.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const KEY = 'operator-of-two-releases'

/** This build, but with views of the next version: its `main.js`. */
async function nextRelease(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-release-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const name of ['dist', 'schema', 'package.json']) {
    await cp(join(ROOT, name), join(folder, name), { recursive: true })
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const versions = join(folder, 'dist/views/generations.js')
  const before = await readFile(versions, 'utf8')
  const after = before.replace(`VIEW_VERSION = ${VIEW_VERSION}`, `VIEW_VERSION = ${VIEW_VERSION + 1}`)
  expect(after).not.toBe(before)
  await writeFile(versions, after)
  return join(folder, 'dist/cli/main.js')
}

test.skipIf(!hasSharedEngines)(
  'back from a release with other views: those of before are brought along before the gateway is ready, without any synchroniser',
  { timeout: 120_000 },
  async () => {
    const environment = { ...(await newLog()), ROLLCALL_OPERATOR_KEY: KEY }
    const serving = async (main?: string): Promise<[ServerProcess, Client]> => {
      const server = await serveReady(environment, [], main)
      onTestFinished(() => void server.child.kill('SIGKILL'))
      return [server, new Client(server.url, KEY)]
    }
    const [old, before] = await serving()
    const { createUser: ada } = await before.ask(CREATE_USER, { input: { id: 'ada', username: 'ada' } })
    await old.kill('SIGTERM')

    const [bad, meanwhile] = await serving(await nextRelease())
    expect((await meanwhile.ask(USER, { id: 'ada', atLeast: ada.token })).user.username).toBe('ada')
    const { createUser: bob } = await meanwhile.ask(CREATE_USER, { input: { id: 'bob', username: 'bob' } })
    await bad.kill('SIGTERM')

    const [, again] = await serving()
    expect((await again.ask(USER, { id: 'bob' })).user.username).toBe('bob')
    expect((await again.ask(USER, { id: 'bob', atLeast: bob.token })).user.username).toBe('bob')
    expect(await rollcall(['verify'], environment)).toMatchObject({ code: 0 })
  },
)
