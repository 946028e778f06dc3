import { afterAll, describe, expect, test } from 'vitest'
import { Client, CREATE_USER, USER } from '../support/client.ts'
import { placeOf, startDynamoDb } from '../support/dynamodb.ts'
import { postgresOrSkip } from '../support/postgres.ts'
import { type AnyServer, startShared } from '../support/server.ts'

const dynamodb = await startDynamoDb()
const postgres = await postgresOrSkip()

describe.skipIf(dynamodb === null || postgres === null)(
  'a gateway whose log does not answer',
  { timeout: 60_000 },
  () => {
    let server: AnyServer | undefined
    afterAll(() => server?.close())

    test('says so in /readyz, is read, and fails what needs the log, tokens that are ahead too', async () => {
      if (dynamodb === null) return
      server = await startShared({
        ROLLCALL_LOG: placeOf(dynamodb, await dynamodb.newTable()),
        ROLLCALL_VIEWS: postgres?.url ?? '',
        ROLLCALL_VIEW_DEADLINE_MS: '3000',
      })
      const client = new Client(server.url, server.operatorKey)
      await client.ask(CREATE_USER, { input: { id: 'ada', username: 'ada' } })
      // So what is written next is in the log and not in the views.
      await server.directory.feed.controls.hold()
      const held = await client.send(CREATE_USER, { input: { id: 'bob', username: 'bob' } })
      const ahead = held.errors[0]?.extensions.wanted
      expect(held.errors[0]?.extensions).toMatchObject({ code: 'VIEW_BEHIND', committed: true })

      await dynamodb.stop()
      await server.directory.feed.controls.release()
      const readyz = await fetch(`${server.url}/readyz`)
      expect(readyz.status).toBe(503)
      expect(await readyz.json()).toMatchObject({
        checks: { views: { ok: true }, logReads: { ok: false }, logWrites: { ok: false } },
      })
      expect((await client.ask(USER, { id: 'ada' })).user.username).toBe('ada')
      expect((await client.refused(USER, { id: 'bob', atLeast: ahead })).code).toBe('VIEW_BEHIND')
      expect((await client.refused(CREATE_USER, { input: { id: 'eve', username: 'eve' } })).code).toBe(
        'UNAVAILABLE',
      )
    })
  },
)
