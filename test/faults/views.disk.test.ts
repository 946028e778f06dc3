import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Client, CREATE_USER, USER } from '../support/client.ts'
import { dynamoDbOrSkip, placeOf } from '../support/dynamodb.ts'
import { startPostgres } from '../support/postgres.ts'
import { rollcall, type ServerProcess, serveReady } from '../support/process.ts'
import { largeUser, smallDisk } from '../support/smallDisk.ts'
import { runSql } from '../support/sql.ts'

const dynamodb = await dynamoDbOrSkip()
const disk = dynamodb === null ? null : smallDisk(160)
const postgres = disk === null ? null : await startPostgres(['fsync=off'], disk.path)
afterAll(async () => {
  await postgres?.stop()
  disk?.remove()
})

const KEY = 'operator-of-a-full-disk'
describe.skipIf(postgres === null)('PostgreSQL, whose disk is full,', { timeout: 180_000 }, () => {
  let server: ServerProcess
  let client: Client
  let environment: Readonly<Record<string, string>>

  beforeAll(async () => {
    if (dynamodb === null) return
    environment = {
      ROLLCALL_LOG: placeOf(dynamodb, await dynamodb.newTable()),
      ROLLCALL_VIEWS: postgres?.url ?? '',
      ROLLCALL_OPERATOR_KEY: KEY,
      ROLLCALL_VIEW_DEADLINE_MS: '5000',
    }
    server = await serveReady(environment)
    client = new Client(server.url, KEY)
    await client.ask(CREATE_USER, { input: { id: 'first', username: 'first' } })
  })
  afterAll(() => server.kill('SIGTERM'))

  /** Writes until one is not shown. */
  async function writeUntilFull(from: number): Promise<{ written: number; last: Record<string, unknown> }> {
    for (let nth = from; ; nth++) {
      const { errors } = await client.send(CREATE_USER, { input: largeUser(nth) })
      const [error] = errors
      if (error !== undefined) return { written: nth, last: error.extensions }
    }
  }

  test('goes on being read; what is written is in the log, and is shown once there is room', async () => {
    disk?.fill()
    const { written, last } = await writeUntilFull(0)
    expect(last).toMatchObject({ code: 'VIEW_BEHIND', committed: true })
    expect((await client.ask(USER, { id: 'first' })).user.username).toBe('first')
    disk?.clear()
    const { user } = await client.ask(USER, { id: `u${written}`, atLeast: last.wanted as string })
    expect(user.username).toBe(`u${written}`)
    expect(await rollcall(['verify'], environment)).toMatchObject({ code: 0 })
  })

  test('has ended, since it could not write ahead: started with more room, it is gone on with', async () => {
    disk?.fill()
    // Of what is written ahead each file takes 16 MB.
    for (let isUp = true; isUp; ) isUp = await writeAhead()
    const { errors } = await client.send(CREATE_USER, { input: { id: 'during', username: 'during' } })
    expect(errors[0]?.extensions.code).toMatch(/^(UNAVAILABLE|VIEW_BEHIND)$/)
    disk?.clear()
    await postgres?.start()
    await expect
      .poll(async () => (await client.send(USER, { id: 'during' })).data?.user?.username, { timeout: 30_000 })
      .toBe('during')
    expect(await rollcall(['verify'], environment)).toMatchObject({ code: 0 })
  })

  /** Fills a file of what is written ahead. False once PostgreSQL is there no more. */
  async function writeAhead(): Promise<boolean> {
    try {
      const write = "SELECT pg_logical_emit_message(false, 'filler', 'filler')"
      await runSql(postgres?.url ?? '', write, 'SELECT pg_switch_wal()')
      return true
    } catch (error) {
      return (error as { code?: string }).code !== 'ECONNREFUSED'
    }
  }
})
