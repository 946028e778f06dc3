import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Client, CREATE_USER } from '../support/client.ts'
import { Follower } from '../support/follower.ts'
import { startServer, type TestServer } from '../support/server.ts'

const PAGE = `query ($first: Int, $after: Cursor, $filter: ChangeFilter) {
  changes(first: $first, after: $after, filter: $filter) {
    nodes { cursor stream seq at cause event { __typename } }
    pageInfo { hasNextPage endCursor }
  }
}`

let server: TestServer
let client: Client
const ids: string[] = []

beforeAll(async () => {
  server = await startServer()
  client = new Client(server.url, server.operatorKey)
  for (const username of ['ann', 'bob', 'cy']) {
    ids.push(
      (await client.ask(CREATE_USER, { input: { username, email: `${username}@example.org` } })).createUser
        .user.id,
    )
  }
})
afterAll(() => server.close())

const page = async (variables: Readonly<Record<string, unknown>> = {}) =>
  (await client.ask(PAGE, variables)).changes
const names = ({ nodes }: { nodes: readonly { stream: string; seq: number }[] }) =>
  nodes.map(({ stream, seq }) => `${stream}@${seq}`)

describe('changes as a query', () => {
  test('without a cursor from the beginning, page by page, each change once and in order', async () => {
    const whole = names(await page({ first: 1000 }))
    expect(whole.length).toBe(9)
    const seen: string[] = []
    let after: string | null = null
    for (;;) {
      const next = await page({ first: 2, after })
      seen.push(...names(next))
      after = next.pageInfo.endCursor
      if (!next.pageInfo.hasNextPage) break
    }
    expect(seen).toEqual(whole)
  })

  test('every cursor goes on where it stands: of a page, of a change, head, and of the subscription', async () => {
    const { nodes } = await page({ first: 3 })
    const rest = names(await page({ after: nodes[2].cursor }))
    expect(rest).toEqual(names(await page({ first: 1000 })).slice(3))
    const { head } = await client.ask('{ head }')
    expect(await page({ after: head })).toMatchObject({ nodes: [], pageInfo: { hasNextPage: false } })
    const follower = new Follower(server.url, server.operatorKey, nodes[2].cursor)
    expect((await follower.untilCaughtUp()).map(({ stream, seq }) => `${stream}@${seq}`)).toEqual(rest)
    expect((await page({ after: follower.lastCursor })).nodes).toEqual([])
    await follower.close()
  })

  test('an empty page moves the cursor: what was looked at is not looked at again', async () => {
    const filter = { userIds: ['nobody'] }
    const { nodes, pageInfo } = await page({ filter })
    expect([nodes, pageInfo.hasNextPage]).toEqual([[], false])
    expect(pageInfo.endCursor).not.toBe((await page({ first: 1 })).nodes[0].cursor)
    expect(await page({ after: pageInfo.endCursor, filter })).toMatchObject({ nodes: [], pageInfo })
  })

  test('a size that is none is refused', async () => {
    for (const first of [0, -1, 1001]) {
      const { errors } = await client.send(PAGE, { first })
      expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT')
      expect(errors[0]?.message).toContain('first')
    }
  })
})

describe('filters', () => {
  test('by user, event, actor, cause and time', async () => {
    const [ann, bob] = ids
    expect(names(await page({ filter: { userIds: [ann] } }))).toEqual(
      [1, 2, 3].map((seq) => `default/user/${ann}@${seq}`),
    )
    const emails = await page({ filter: { userIds: [ann, bob], events: ['SetUserEmail'] } })
    expect(emails.nodes.map(({ event }: { event: { __typename: string } }) => event.__typename)).toEqual([
      'SetUserEmail',
      'SetUserEmail',
    ])
    const [{ cause, at }] = emails.nodes
    expect(names(await page({ filter: { causes: [cause] } }))).toEqual(
      names(await page({ filter: { userIds: [ann] } })),
    )
    expect((await page({ filter: { actors: ['operator'] } })).nodes.length).toBe(9)
    expect((await page({ filter: { actors: ['system'] } })).nodes).toEqual([])
    expect((await page({ filter: { until: at } })).nodes).toEqual([])
    expect((await page({ filter: { since: at } })).nodes.length).toBe(9)
  })

  test('a follower is told of what passes, replayed and live, and of nothing else', async () => {
    const [ann, bob] = ids
    const filter = { userIds: [ann], events: ['SetUserName'] }
    const { head } = await client.ask('{ head }')
    const rename = (id: string | undefined, name: string) =>
      client.ask(
        'mutation ($id: ID!, $name: String) { updateUser(id: $id, patch: { name: $name }) { token } }',
        { id, name },
      )
    await rename(ann, 'Ann')
    await rename(bob, 'Bob')
    const follower = new Follower(server.url, server.operatorKey, head, 'default', { filter })
    expect((await follower.untilCaughtUp()).map(({ event }) => event.name)).toEqual(['Ann'])
    await rename(bob, 'Bobby')
    await rename(ann, 'Annie')
    expect((await follower.nextChange()).event).toMatchObject({ userId: ann, name: 'Annie' })
    await rename(bob, 'Robert')
    // Nothing for it, but the journal has moved.
    expect((await follower.next()).kind).toBe('BOOKMARK')
    const { changes } = await client.ask(PAGE, { after: follower.lastCursor, filter })
    expect(changes.nodes).toEqual([])
    await follower.close()
  })

  test('a cursor is good for the filter that it came from; one that has seen everything is good for any', async () => {
    const filter = { userIds: [ids[0]] }
    const { pageInfo } = await page({ first: 1, filter })
    for (const other of [undefined, { userIds: [ids[1]] }]) {
      const { errors } = await client.send(PAGE, { after: pageInfo.endCursor, filter: other })
      expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_CURSOR', why: 'filter' })
    }
    const all = await page({ first: 1 })
    expect(names(await page({ after: all.pageInfo.endCursor, filter }))).toHaveLength(
      names(await page({ filter })).length - 1,
    )
  })

  test.each([
    ['userIds', { userIds: [] }],
    ['events', { events: ['UserCreated'] }],
    ['until', { since: '2026-01-01T00:00:00Z', until: '2026-01-01T00:00:00Z' }],
  ])('a mistake is named: %s', async (field, filter) => {
    const { errors } = await client.send(PAGE, { filter })
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: `filter.${field}` })
    await expect(
      new Follower(server.url, server.operatorKey, null, 'default', { filter }).next(),
    ).rejects.toThrow('BAD_USER_INPUT')
  })
})
