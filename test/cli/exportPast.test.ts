import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportTenant } from '../../src/transfer/exporter.ts'
import { exportPast } from '../../src/transfer/exportPast.ts'
import type { Line } from '../../src/transfer/line.ts'
import { Client, CREATE_GROUP, CREATE_USER, SET_MEMBERSHIP } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { run } from './support.ts'

describe('rollcall export --as-of', () => {
  let server: TestServer
  let client: Client
  const times: string[] = []

  async function moment(): Promise<void> {
    await delay(3)
    times.push(new Date().toISOString())
    await delay(3)
  }

  beforeAll(async () => {
    server = await startServer()
    client = new Client(server.url, server.operatorKey)
    await moment()
    const ada = { id: 'u1', username: 'ada', email: 'ada@example.com', name: 'Ada', attributes: { floor: 3 } }
    await client.ask(CREATE_USER, { input: ada })
    await client.ask(CREATE_USER, { input: { id: 'u2', username: 'bob' } })
    await client.ask(CREATE_GROUP, { input: { id: 'g1', name: 'all', description: 'everyone' } })
    await client.ask(CREATE_GROUP, { input: { id: 'g2', name: 'ops', parentId: 'g1' } })
    await client.ask(SET_MEMBERSHIP, { groupId: 'g2', userId: 'u1', role: 'MAINTAINER' })
    await client.ask(SET_MEMBERSHIP, { groupId: 'g2', userId: 'u2' })
    await client.ask('mutation { updateUser(id: "u2", patch: { status: SUSPENDED }) { token } }')
    await moment()
    await client.ask('mutation { updateUser(id: "u1", patch: { username: "countess" }) { token } }')
    await client.ask('mutation { deleteUser(id: "u2") { id } }')
    await client.ask('mutation { deleteGroup(id: "g1") { id } }')
    await moment()
  })
  afterAll(() => server.close())

  const actions = async (lines: AsyncIterable<Line>): Promise<string[]> => {
    const found: string[] = []
    for await (const { change: _change, ...line } of lines) found.push(JSON.stringify(line))
    return found.sort()
  }
  const asOf = (i: number) => actions(exportPast(server.directory.log, 'default', times[i] ?? ''))

  test('has what was there then', async () => {
    expect(await asOf(0)).toEqual([])
    const then = (await asOf(1)).map((line) => JSON.parse(line).action)
    expect(then).toHaveLength(8)
    expect(then).toEqual(
      expect.arrayContaining([
        {
          op: 'createUser',
          username: 'ada',
          id: 'u1',
          email: 'ada@example.com',
          name: 'Ada',
          attributes: { floor: 3 },
        },
        { op: 'createUser', username: 'bob', id: 'u2' },
        { op: 'setUserStatus', username: 'bob', status: 'SUSPENDED' },
        { op: 'createGroup', group: 'all', id: 'g1', description: 'everyone' },
        { op: 'createGroup', group: 'ops', id: 'g2', description: '' },
        { op: 'setGroupParent', group: 'ops', parent: 'all' },
        { op: 'setMembership', group: 'ops', username: 'ada', role: 'MAINTAINER' },
        { op: 'setMembership', group: 'ops', username: 'bob', role: 'MEMBER' },
      ]),
    )
  })

  test('as of now is what is exported now', async () => {
    const now = await actions(exportTenant(server.directory.feed.views, 'default'))
    expect(now).toHaveLength(3)
    expect(await asOf(2)).toEqual(now)
  })

  test.each([
    ['yesterday', 'It must be a day'],
    ['2026-02-31', 'It must be a day'],
    ['2026-01-31T12:00', 'with its offset'],
    ['2126-01-01', 'must not be in the future'],
  ])('refuses %s', async (time, says) => {
    expect(await run('export', '--data', server.data, '--as-of', time)).toMatchObject({
      code: 2,
      noted: expect.stringContaining(says),
    })
  })
})
