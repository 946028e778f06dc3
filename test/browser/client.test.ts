import { build } from 'esbuild'
import { expect, test } from 'vitest'
import type * as Rollcall from '../../src/client/index.ts'
import { openSite } from './site.ts'

const site = openSite()
const ENTRY = new URL('../../src/client/index.ts', import.meta.url).pathname

declare const rollcall: typeof Rollcall

/** As a page's bundler would: nothing in it may ask for Node. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'rollcall',
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

test.skipIf(site.isMissing)('a page reads its own write, follows it, and goes on after a cut', async () => {
  const page = await (await site.browser.newContext()).newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(`${site.server.url}/healthz`)
  await page.addScriptTag({ content: await bundle() })

  const seen = await page.evaluate(async (key) => {
    const { CreateUserDocument, createClient, follow, memoryReplica, UsersDocument } = rollcall
    const sockets: WebSocket[] = []
    class Watched extends WebSocket {
      constructor(...args: ConstructorParameters<typeof WebSocket>) {
        super(...args)
        sockets.push(this)
      }
    }
    const client = createClient({ url: '/graphql', key, WebSocket: Watched })
    const replica = memoryReplica()
    const lives: number[] = []
    const following = follow(client, {
      replica,
      retry: { minMs: 0, maxMs: 10 },
      onStatus: ({ kind }) => kind === 'live' && lives.push(sockets.length),
    })
    const create = (username: string) => client.request(CreateUserDocument, { input: { username } })
    const until = async (condition: () => boolean) => {
      while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await following.caughtUp
    await create('ada')
    const { users } = await client.request(UsersDocument, { search: 'ada' })
    await until(() => [...replica.users()].length === 1)
    sockets[0]?.close(4000)
    await create('grace')
    await until(() => lives.length === 2 && [...replica.users()].length === 2)
    await following.stop()
    return { found: users.nodes.length, names: [...replica.users()].map(({ username }) => username), lives }
  }, site.server.operatorKey)

  expect(seen).toEqual({ found: 1, names: ['ada', 'grace'], lives: [1, 2] })
  expect(errors).toEqual([])
})
