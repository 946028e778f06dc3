import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { findNode20 } from '../support/node20.ts'
import { Project } from '../support/Project.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let folder: string

beforeAll(async () => {
  server = await startServer()
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-package-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
afterAll(async () => {
  await server.close()
})

const programOf = (client: string) => `
import { CreateUserDocument, createClient, follow, memoryReplica, RollcallError, UserDocument, UsersDocument } from '${client}'
import { sqliteReplica } from '${client}/sqlite'
import { WebSocket as NodeWebSocket } from 'ws'

const client = createClient({ url: process.env.URL ?? '', key: process.env.KEY ?? '', WebSocket: NodeWebSocket })
const username = process.env.NAME ?? ''
const { createUser } = await client.request(CreateUserDocument, { input: { username } })
const { user } = await client.request(UserDocument, { id: createUser.user.id })
const name: string | undefined = user?.username
const { users } = await client.request(UsersDocument, { search: username })
console.log(name, users.nodes.length)

for (const replica of [memoryReplica(), sqliteReplica(':memory:')]) {
  const following = follow(client, { replica })
  await following.caughtUp
  console.log(replica.user(createUser.user.id)?.username)
  await following.stop()
}

const taken = await client.request(CreateUserDocument, { input: { username } }).catch((error: unknown) => error)
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

test.each([
  ['rollcall/client', async () => Project.withRollcall(folder)],
  ['rollcall-client', () => Project.withClient(folder)],
])(
  'a project that installs %s compiles against it, and runs',
  { timeout: 60_000 },
  async (client, install) => {
    const project = await install()
    for (const name of ['ws', '@types/ws']) project.link(name)
    project.write('main.ts', programOf(client))
    expect(await project.check()).toBe('')
    const name = `of-${client.replace('/', '-slash-')}`
    const output = await project.run('main.ts', { URL: server.url, KEY: server.operatorKey, NAME: name })
    expect(output.trim().split('\n')).toEqual([`${name} 1`, name, name, 'username'])
  },
)

test('whoever installs the client gets no server, and no program', async () => {
  const project = await Project.withClient(folder)
  const packages = ['@graphql-typed-document-node/core', 'graphql', 'graphql-ws', 'rollcall-client']
  expect(project.installed().toSorted()).toEqual(packages)
  expect(existsSync(join(folder, 'node_modules', '.bin'))).toBe(false)
})

const FOR_NODE_20 = `
import { createClient, CreateUserDocument, follow, memoryReplica } from 'rollcall/client'
import WebSocket from 'ws'

const { URL: url, KEY: key } = process.env
console.log(process.version.split('.')[0])
await follow(createClient({ url, key })).caughtUp.catch((error) => console.log(error.message.split(':')[0]))

const client = createClient({ url, key, WebSocket })
const replica = memoryReplica()
const following = follow(client, { replica })
await following.caughtUp
const { createUser } = await client.request(CreateUserDocument, { input: { username: 'of-node-20' } })
while (replica.user(createUser.user.id) === null) await new Promise((resolve) => setTimeout(resolve, 5))
console.log(replica.user(createUser.user.id).username)
await following.stop()
`

test('the client runs on Node 20', async ({ skip }) => {
  const node = findNode20()
  if (node === null) return skip('There is no Node 20 here: name one in NODE_20')
  const project = Project.withRollcall(folder)
  project.link('ws')
  project.write('main.js', FOR_NODE_20)
  const output = await project.run('main.js', { URL: server.url, KEY: server.operatorKey }, node)
  expect(output.trim().split('\n')).toEqual(['v20', 'WebSocket', 'of-node-20'])
})
