import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Project } from '../support/Project.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let folder: string

beforeAll(async () => {
  server = await startServer()
  folder = mkdtempSync(join(tmpdir(), 'rollcall-package-'))
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

const PROGRAM = `
import { CreateUserDocument, createClient, follow, memoryReplica, RollcallError, UserDocument, UsersDocument } from 'rollcall/client'
import { sqliteReplica } from 'rollcall/client/sqlite'

const client = createClient({ url: process.env.URL ?? '', key: process.env.KEY ?? '' })
const { createUser } = await client.request(CreateUserDocument, { input: { username: 'ada' } })
const { user } = await client.request(UserDocument, { id: createUser.user.id })
const name: string | undefined = user?.username
const all = await client.request(UsersDocument)
console.log(name, all.users.nodes.length)

for (const replica of [memoryReplica(), sqliteReplica(':memory:')]) {
  const following = follow(client, { replica })
  await following.caughtUp
  console.log(replica.user(createUser.user.id)?.username)
  await following.stop()
}

const taken = await client.request(CreateUserDocument, { input: { username: 'ada' } }).catch((error: unknown) => error)
if (taken instanceof RollcallError && taken.code === 'USERNAME_TAKEN') console.log(taken.field)

export const wrong = [
  // @ts-expect-error a variable is missing
  () => client.request(UserDocument),
  // @ts-expect-error a variable is of another type
  () => client.request(UserDocument, { id: 7 }),
  // @ts-expect-error there is no such field
  () => user?.surname,
]
`

test('a project that installs rollcall compiles against its client, and runs', {
  timeout: 60_000,
}, async () => {
  const project = new Project(folder)
  project.write('main.ts', PROGRAM)
  expect(await project.check()).toBe('')
  const output = await project.run('main.ts', { URL: server.url, KEY: server.operatorKey })
  expect(output.trim().split('\n')).toEqual(['ada 1', 'ada', 'ada', 'username'])
})
