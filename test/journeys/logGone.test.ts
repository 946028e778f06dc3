import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Client, CREATE_USER } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

let folder: string
let server: TestServer
let client: Client

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-gone-'))
  server = await startServer({ data: join(folder, 'data') })
  client = new Client(server.url, server.operatorKey)
  await client.ask(CREATE_USER, { input: { username: 'ann' } })
})
afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

const log = () => join(folder, 'data', 'log.sqlite')

test.each([
  ['deleted', () => rm(join(folder, 'data'), { recursive: true })],
  ['moved away', () => rename(join(folder, 'data'), join(folder, 'elsewhere'))],
  [
    'replaced',
    async () => {
      await copyFile(log(), `${log()}.copy`)
      await rename(`${log()}.copy`, log())
    },
  ],
])('a server whose log was %s acknowledges nothing, and is not ready', async (_how, take) => {
  await take()
  expect(await client.refused(CREATE_USER, { input: { username: 'bob' } })).toMatchObject({
    code: 'UNAVAILABLE',
  })
  const response = await fetch(`${server.url}/readyz`)
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({
    ready: false,
    checks: { logWrites: { ok: false, detail: expect.stringContaining('start the server anew') } },
  })
})
