import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { cursorCodec } from '../../src/domain/cursor.ts'
import { JournalCursors } from '../../src/domain/JournalCursors.ts'
import { Client, CREATE_USER } from '../support/client.ts'
import { Follower } from '../support/follower.ts'
import { startServer, type TestServer } from '../support/server.ts'

/** Two servers on one folder; the second has not heard of what the first has done, and waits for it but for a moment. */
let data: string
let ahead: TestServer
let behind: TestServer
let client: Client

const PAGE = `query ($after: Cursor) { changes(after: $after) { nodes { seq } pageInfo { hasNextPage } } }`

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'rollcall-nodes-'))
  ahead = await startServer({ data })
  behind = await startServer({ data, environment: { ROLLCALL_VIEW_DEADLINE_MS: '200' } })
  client = new Client(ahead.url, ahead.operatorKey)
})
afterEach(() => behind.directory.feed.controls.release())
afterAll(async () => {
  await Promise.all([ahead.close(), behind.close()])
  await rm(data, { recursive: true, force: true })
})

/** A cursor that the first server gave after a write, while the second had not heard of it. */
async function cursorAhead(username: string): Promise<string> {
  await behind.directory.feed.controls.hold()
  await client.ask(CREATE_USER, { input: { username } })
  return (await client.ask('{ head }')).head
}

const onOther = (cursor: string) => new Follower(behind.url, behind.operatorKey, cursor)

test('a follower who is sent to a server that is behind goes on there', async () => {
  const cursor = await cursorAhead('ann')
  const follower = onOther(cursor)
  expect((await follower.next()).kind).toBe('CAUGHT_UP')
  await behind.directory.feed.controls.release()
  await client.ask(CREATE_USER, { input: { username: 'bob' } })
  expect((await follower.nextChange()).event).toMatchObject({ username: 'bob' })
  await follower.close()
})

test('so does one who asks for pages', async () => {
  const cursor = await cursorAhead('cy')
  const page = await new Client(behind.url, behind.operatorKey).ask(PAGE, { after: cursor })
  expect(page.changes).toEqual({ nodes: [], pageInfo: { hasNextPage: false } })
})

test('a server whose views do not get there in time says so, and not that the cursor is bad', async () => {
  const { log, feed } = behind.directory
  await Promise.all([ahead.directory.feed.controls.hold(), feed.controls.hold()])
  const asked = new Client(behind.url, behind.operatorKey)
  expect(await asked.refused(CREATE_USER, { input: { username: 'di' } })).toMatchObject({ committed: true })
  const cursors = new JournalCursors(cursorCodec(log.secret), log.epoch, 'default', '')
  const cursor = cursors.at(await log.position())
  await expect(onOther(cursor).next()).rejects.toThrow(/VIEW_BEHIND/)
  expect(await asked.refused(PAGE, { after: cursor })).toMatchObject({
    code: 'VIEW_BEHIND',
    wanted: expect.any(String),
    has: expect.any(String),
    committed: false,
  })
  const beyond = cursors.at((await log.position()) + 1)
  expect(await asked.refused(PAGE, { after: beyond })).toMatchObject({
    code: 'BAD_CURSOR',
    field: 'after',
    why: 'ahead',
  })
  await ahead.directory.feed.controls.release()
})
