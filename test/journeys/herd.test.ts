import { afterAll, beforeAll, expect, test } from 'vitest'
import { profileStream } from '../../src/domain/streams.ts'
import { vectorAt } from '../../src/domain/token.ts'
import { append, commitOf } from '../conformance/eventLog/commits.ts'
import { RawClient } from '../http/support/wsClient.ts'
import { Client, CREATE_USER } from '../support/client.ts'
import { Follower } from '../support/follower.ts'
import { startServer, type TestServer } from '../support/server.ts'

const HERD = 100
const MISSED = 600
const COMMIT = 50

let server: TestServer
let client: Client
beforeAll(async () => {
  server = await startServer()
  client = new Client(server.url, server.operatorKey)
})
afterAll(() => server.close())

async function missChanges(): Promise<string> {
  const { head } = await client.ask('{ head }')
  const { log, feed } = server.directory
  for (let done = 0; done < MISSED; done += COMMIT) {
    const events = Array.from({ length: COMMIT }, (_, i) => ({
      type: 'SetUserAttributes' as const,
      userId: 'busy',
      attributes: { n: done + i },
    }))
    const appends = [append(profileStream('default', 'busy'), done, ...events)]
    await log.commit(commitOf({ tenant: 'default', appends }))
  }
  expect(await feed.reach(vectorAt(await log.position()), 10_000)).toBe(true)
  return head
}

/** Comes back with the cursor; resolves with the seqs that it had missed. */
async function comeBack(after: string): Promise<number[]> {
  const raw = await new RawClient(server).open({ authorization: `Bearer ${server.operatorKey}` })
  raw.subscribe('1', `subscription { changes(after: "${after}") { kind change { seq } } }`)
  const seqs: number[] = []
  for (;;) {
    const { changes } = ((await raw.next()) as Told).payload.data
    if (changes.kind === 'CAUGHT_UP') return seqs
    if (changes.change !== null) seqs.push(changes.change.seq)
  }
}

interface Told {
  readonly payload: {
    readonly data: { readonly changes: { kind: string; change: { seq: number } | null } }
  }
}

test('a herd that comes back at once is told all that it missed, while others are told what is new', async () => {
  const after = await missChanges()
  const live = new Follower(server.url, server.operatorKey)
  expect((await live.next()).kind).toBe('CAUGHT_UP')
  let isBack = false
  const herd = Promise.all(Array.from({ length: HERD }, () => comeBack(after))).finally(() => {
    isBack = true
  })
  for (let n = 0; !isBack; n++) {
    await client.ask(CREATE_USER, { input: { username: `new${n}` } })
    expect((await live.nextChange()).event).toMatchObject({ username: `new${n}` })
    await live.nextChange()
  }
  const missed = Array.from({ length: MISSED }, (_, i) => i + 1)
  for (const told of await herd) expect(told.slice(0, MISSED)).toEqual(missed)
  await live.close()
})
