import { afterAll, beforeAll, expect, test } from 'vitest'
import { profileStream } from '../../src/domain/streams.ts'
import { BURST, HIGH_WATER } from '../../src/http/PacedSender.ts'
import { append, commitOf } from '../conformance/eventLog/commits.ts'
import { connect, follow, RawStream } from '../http/support/sseClient.ts'
import { RawClient } from '../http/support/wsClient.ts'
import { Follower } from '../support/follower.ts'
import { startServer, type TestServer } from '../support/server.ts'

const STREAMS = 20
const COMMITS = 20
const CHANGES_A_COMMIT = 50
const CHANGES = STREAMS * COMMITS * CHANGES_A_COMMIT
/** What may wait for one client, with the message that was one too many. */
const MAX_UNREAD = HIGH_WATER + BURST + 10_000
const QUERY =
  'subscription { changes { kind cursor change { stream seq event { ... on SetUserAttributes { attributes } } } } }'

interface Told {
  readonly data: { readonly changes: { readonly change: { stream: string; seq: number } | null } }
}

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

/** Long changes, of which the network takes a few thousand. */
async function changeUser(userId: string): Promise<void> {
  const stream = profileStream('default', userId)
  for (let n = 0; n < COMMITS; n++) {
    const events = Array.from({ length: CHANGES_A_COMMIT }, (_, i) => ({
      type: 'SetUserAttributes' as const,
      userId,
      attributes: { n, i, text: 'x'.repeat(600) },
    }))
    const appends = [append(stream, n * CHANGES_A_COMMIT, ...events)]
    await server.directory.log.commit(commitOf({ tenant: 'default', appends }))
  }
}

const nameOf = ({ stream, seq }: { stream: string; seq: number }): string => `${stream}@${seq}`

const namesIn = (text: string): string[] =>
  [...text.matchAll(/"stream":"([^"]*)","seq":(\d+)/g)].map(([, stream, seq]) => `${stream}@${seq}`)

const unread = async (): Promise<number> => {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  return Number(/^rollcall_unread_bytes (\d+)$/m.exec(text)?.[1])
}

test('a follower that does not read costs a bounded amount, holds nobody up, and misses nothing', {
  timeout: 60_000,
}, async () => {
  const authorization = `Bearer ${server.operatorKey}`
  const slowSocket = await new RawClient(server).open({ authorization })
  slowSocket.subscribe('1', QUERY)
  expect(JSON.stringify(await slowSocket.next())).toContain('CAUGHT_UP')
  slowSocket.socket.pause()
  const slowStream = await RawStream.open(server, QUERY, { authorization })
  await slowStream.until(/CAUGHT_UP/)

  const swift = new Follower(server.url, server.operatorKey)
  expect((await swift.next()).kind).toBe('CAUGHT_UP')
  const swiftStream = follow(connect(server, { authorization }), { query: QUERY })
  await swiftStream.next()

  const users = Array.from({ length: STREAMS }, (_, n) => `user${n}`)
  const writing = Promise.all(users.map(changeUser))
  const told: string[] = []
  while (told.length < CHANGES) told.push(nameOf(await swift.nextChange()))
  expect(told.toSorted()).toEqual(
    users
      .flatMap((id) =>
        Array.from({ length: CHANGES / STREAMS }, (_, i) => `default/user/${id}/profile@${i + 1}`),
      )
      .toSorted(),
  )
  const streamed: string[] = []
  while (streamed.length < CHANGES) {
    const { value } = await swiftStream.next()
    const { change } = (value as Told).data.changes
    if (change !== null) streamed.push(nameOf(change))
  }
  expect(streamed).toEqual(told)
  await writing

  const waiting = await unread()
  expect(waiting).toBeGreaterThan(0)
  expect(waiting).toBeLessThan(2 * MAX_UNREAD)

  slowSocket.socket.resume()
  const late: string[] = []
  while (late.length < CHANGES) late.push(...namesIn(JSON.stringify(await slowSocket.next())))
  expect(late).toEqual(told)
  const [stream, seq] = told.at(-1)?.split('@') ?? []
  const all = await slowStream.until(new RegExp(`"stream":"${stream}","seq":${seq},.*\n\n`))
  expect(namesIn(all)).toEqual(told)
  await swift.close()
})
