import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sow } from '../../src/cli/run/seed.ts'
import {
  type Change,
  CreateUserDocument,
  createClient,
  DeleteUserDocument,
  follow,
  memoryReplica,
  UpdateUserDocument,
} from '../../src/client/index.ts'
import { sqliteReplica } from '../../src/client/sqlite/index.ts'
import { stateOf } from '../support/changes.ts'
import { Client } from '../support/client.ts'
import { directoryOf } from '../support/DirectoryCopy.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TcpProxy } from '../support/TcpProxy.ts'

let server: TestServer
let proxy: TcpProxy

beforeAll(async () => {
  server = await startServer()
  proxy = await TcpProxy.start(server.url)
  const report = { onUsers() {}, onBad: expect.unreachable }
  await sow(server.directory.log, { tenant: 'default', users: 40, seed: 1 }, report)
  await server.directory.feed.level()
})
afterAll(async () => {
  await proxy.close()
  await server.close()
})

const directory = () => directoryOf(new Client(server.url, server.operatorKey))

/** Makes users, renames and deletes them. */
async function write(times: number): Promise<void> {
  const client = createClient({ url: server.url, key: server.operatorKey })
  for (let n = 0; n < times; n++) {
    const username = `written-${Math.random()}`
    const { createUser } = await client.request(CreateUserDocument, { input: { username } })
    await client.request(UpdateUserDocument, { id: createUser.user.id, patch: { name: username } })
    if (n % 2 === 0) await client.request(DeleteUserDocument, { id: createUser.user.id })
  }
}

/** A connection's share of the server's bytes: from none of the snapshot to all of it and something of what follows. */
const cuts = fc.array(fc.integer({ min: 1, max: 200_000 }), { maxLength: 12 })

test('wherever the connection is cut, and however often, the copy is the directory, and no change is told twice', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(cuts, fc.boolean(), async (bytes, inFile) => {
      const replica = inFile ? sqliteReplica(':memory:') : memoryReplica()
      const told = new Map<string, number>()
      proxy.cutAfter(...bytes)
      const following = follow(createClient({ url: proxy.url, key: server.operatorKey }), {
        replica,
        retry: { minMs: 0, maxMs: 1 },
        onChange({ stream, seq }: Change) {
          expect(seq).toBeGreaterThan(told.get(stream) ?? 0)
          told.set(stream, seq)
        },
      })
      await write(4)
      await following.caughtUp
      await write(2)
      // What is left of the cuts comes now.
      proxy.cut()
      const wanted = await directory()
      await expect.poll(() => stateOf(replica), { timeout: 20_000, interval: 10 }).toEqual(wanted)
      await following.stop()
      proxy.forget()
    }),
    { numRuns: 12 },
  )
})
