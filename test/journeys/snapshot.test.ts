import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client, CREATE_USER } from '../support/client.ts'
import { DirectoryCopy, directoryOf } from '../support/DirectoryCopy.ts'
import { onEveryEngine } from '../support/engines.ts'
import { Follower, type FollowOptions } from '../support/follower.ts'
import type { AnyServer } from '../support/server.ts'

const CREATE_GROUP = `mutation ($input: CreateGroupInput!) { createGroup(input: $input) { group { id } } }`
const JOIN =
  'mutation ($groupId: ID!, $userId: ID!) { setMembership(groupId: $groupId, userId: $userId) { token } }'
const LEAVE =
  'mutation ($groupId: ID!, $userId: ID!) { removeMembership(groupId: $groupId, userId: $userId) { token } }'
const RENAME = 'mutation ($id: ID!, $name: String) { updateUser(id: $id, patch: { name: $name }) { token } }'

onEveryEngine('a snapshot', (startServer) => {
  let server: AnyServer
  let client: Client
  let ids: readonly string[]
  let groups: readonly string[]

  beforeAll(async () => {
    server = await startServer()
    client = new Client(server.url, server.operatorKey)
    ;({ ids, groups } = await fill(client))
  })
  afterAll(() => server.close())

  const follow = (after: string | null = null, options: FollowOptions = { snapshot: true }) =>
    new Follower(server.url, server.operatorKey, after, 'default', options)
  const directory = () => directoryOf(client)

  test('a snapshot is the directory, said in as few changes as it takes, in the order of each stream', async () => {
    const follower = follow()
    const copy = new DirectoryCopy()
    const changes = await follower.untilCaughtUp()
    const seqs = new Map<string, number>()
    for (const change of changes) {
      expect(change.seq).toBeGreaterThan(seqs.get(change.stream) ?? 0)
      seqs.set(change.stream, change.seq)
      copy.apply(change)
    }
    expect(copy.state()).toEqual(await directory())
    const said = changes.map(({ event: { __typename, ...event } }) =>
      [__typename, event.userId, event.groupId].join(' '),
    )
    expect(new Set(said).size).toBe(said.length)
    expect(changes.some(({ event }) => event.role === null || event.status === 'DELETED')).toBe(false)
    await follower.close()
  })

  test('cut off within it, over and over, and gone on with: whole, while others write', async () => {
    const copy = new DirectoryCopy()
    let cursor: string | null = null
    let cuts = 0
    let isWriting = true
    const writing = (async () => {
      for (let n = 0; isWriting; n++) {
        const id = ids[n % ids.length]
        await client.ask(RENAME, { id, name: `name ${n}` })
        if (n % 7 === 0) await client.ask(JOIN, { groupId: groups[2], userId: id })
        if (n % 11 === 0) await client.ask(LEAVE, { groupId: groups[2], userId: id })
      }
    })()
    for (let isLevel = false; !isLevel; ) {
      const follower: Follower = follow(cursor, { snapshot: cuts === 0 })
      for (let n = 0; n < 20 && !isLevel; n++) {
        const message = await follower.next()
        isLevel = message.kind === 'CAUGHT_UP'
        if (message.change !== null) copy.apply(message.change)
      }
      cursor = follower.lastCursor
      cuts += 1
      await follower.close()
    }
    isWriting = false
    await writing
    expect(cuts).toBeGreaterThan(5)
    const rest = follow(cursor, {})
    for (const change of await rest.untilCaughtUp()) copy.apply(change)
    await rest.close()
    expect(copy.state()).toEqual(await directory())
  })

  test('a filter narrows it', async () => {
    const filter = { userIds: [ids[0]], events: ['SetUsername', 'SetUserName'] }
    const follower = follow(null, { snapshot: true, filter })
    const changes = await follower.untilCaughtUp()
    expect(changes.map(({ event }) => event.__typename).toSorted()).toEqual(['SetUserName', 'SetUsername'])
    await follower.close()
    await expect(follow(changes[0]?.cursor, {}).next()).rejects.toThrow('BAD_CURSOR')
  })

  test('with a cursor it goes on from there, whatever else is asked; its own cursors are not for pages', async () => {
    const { head } = await client.ask('{ head }')
    const later = follow(head)
    expect(await later.untilCaughtUp()).toEqual([])
    await later.close()
    const follower = follow()
    const { cursor } = await follower.next()
    await follower.close()
    const query = 'query ($after: Cursor) { changes(after: $after) { nodes { seq } } }'
    const { errors } = await client.send(query, { after: cursor })
    expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT')
  })
})

/** People and groups, some of whom come, go and are renamed. Those that are left are told. */
async function fill(client: Client): Promise<{ readonly ids: string[]; readonly groups: string[] }> {
  const ids: string[] = []
  const groups: string[] = []
  for (let n = 0; n < 60; n++) {
    const input = { username: `user${n}`, attributes: { n } }
    ids.push((await client.ask(CREATE_USER, { input })).createUser.user.id)
  }
  for (const [name, parentId] of [
    ['top', null],
    ['middle', 0],
    ['leaf', 1],
    ['gone', null],
    ['orphan', 3],
  ] as const) {
    const input = { name, parentId: parentId === null ? null : groups[parentId] }
    groups.push((await client.ask(CREATE_GROUP, { input })).createGroup.group.id)
  }
  for (const [n, userId] of ids.entries()) {
    await client.ask(JOIN, { groupId: groups[n % groups.length], userId })
    if (n % 10 === 0) await client.ask(LEAVE, { groupId: groups[n % groups.length], userId })
    if (n % 3 === 0)
      for (const name of ['first', 'second', 'last']) await client.ask(RENAME, { id: userId, name })
  }
  for (const id of ids.splice(0, 5))
    await client.ask('mutation ($id: ID!) { deleteUser(id: $id) { id } }', { id })
  await client.ask('mutation ($id: ID!) { deleteGroup(id: $id) { id } }', { id: groups[3] })
  return { ids, groups }
}
