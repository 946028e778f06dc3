import 'reflect-metadata'
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { type DocumentNode, getOperationAST, print } from 'graphql'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/cli/config.ts'
import * as documents from '../../src/client/generated.ts'
import { measure } from '../../src/graphql/limits.ts'
import { buildSchema } from '../../src/graphql/schema.ts'
import { Client } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

test('every operation of the client is within the limits that are the default, at full pages', () => {
  const schema = buildSchema()
  const limits = readConfig({})
  if (!limits.ok) throw new Error(limits.error)
  const operations = Object.entries<DocumentNode>(documents).filter(([name]) => name.endsWith('Document'))
  expect(operations.length).toBeGreaterThan(20)
  for (const [name, document] of operations) {
    const operation = getOperationAST(document)
    if (!operation) throw new Error(`${name} is no operation`)
    const { depth, aliases, cost } = measure(schema, document, operation)
    expect(depth, name).toBeLessThanOrEqual(limits.value.maxDepth)
    expect(aliases, name).toBeLessThanOrEqual(limits.value.maxAliases)
    expect(cost({ first: 1_000 }), name).toBeLessThanOrEqual(limits.value.maxCost)
  }
})

describe('the documents', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.close())

  const ask = <Data, Variables extends Readonly<Record<string, unknown>>>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> => new Client(server.url, server.operatorKey).ask<Data>(print(document), variables)

  test('make, join, find, change and delete', async () => {
    const { createUser } = await ask(documents.CreateUserDocument, {
      input: { username: 'ada', email: 'ada@example.org' },
    })
    const { createGroup } = await ask(documents.CreateGroupDocument, { input: { name: 'Engines' } })
    const userId = createUser.user.id
    const groupId = createGroup.group.id
    const joined = await ask(documents.SetMembershipDocument, {
      userId,
      groupId,
      role: 'MAINTAINER',
      atLeast: [createUser.token, createGroup.token],
    })
    const atLeast = joined.setMembership.token

    const { group } = await ask(documents.GroupWithMembersDocument, { id: groupId, atLeast })
    expect(group?.memberCount).toBe(1)
    expect(group?.members.nodes.map(({ role, user }) => [role, user?.username])).toEqual([
      ['MAINTAINER', 'ada'],
    ])
    const { user } = await ask(documents.UserWithGroupsDocument, { id: userId, atLeast })
    expect(user?.memberships.nodes.map(({ group }) => group?.name)).toEqual(['Engines'])

    const { updateUser } = await ask(documents.UpdateUserDocument, {
      id: userId,
      patch: { name: 'Ada Lovelace' },
      ifMatch: user?.token,
    })
    const { users } = await ask(documents.UsersDocument, { search: 'love', atLeast: updateUser.token })
    expect(users.nodes).toEqual([updateUser.user])

    const { deleteGroup } = await ask(documents.DeleteGroupDocument, { id: groupId })
    expect(await ask(documents.IsMemberDocument, { userId, groupId, atLeast: deleteGroup.token })).toEqual({
      isMember: false,
    })
  })

  test('show what was', async () => {
    const { createUser } = await ask(documents.CreateUserDocument, { input: { username: 'mary' } })
    const { createGroup } = await ask(documents.CreateGroupDocument, { input: { name: 'Climbers' } })
    const [userId, groupId] = [createUser.user.id, createGroup.group.id]
    await ask(documents.SetMembershipDocument, { userId, groupId })
    await new Promise((resolve) => setTimeout(resolve, 2))
    const asOf = new Date().toISOString()
    await new Promise((resolve) => setTimeout(resolve, 2))
    await ask(documents.DeleteGroupDocument, { id: groupId })
    const { user } = await ask(documents.UserAsOfDocument, { id: userId, asOf })
    expect(user?.memberships.nodes.map(({ group }) => group?.name)).toEqual(['Climbers'])
    const { group } = await ask(documents.GroupAsOfDocument, { id: groupId, asOf })
    expect(group?.members.nodes.map(({ user }) => user?.username)).toEqual(['mary'])
    const told = await ask(documents.UserHistoryDocument, { id: userId, first: 1 })
    expect(told.user?.history.nodes.map(({ event }) => event.__typename)).toEqual(['SetUsername'])
    const { createGroup: other } = await ask(documents.CreateGroupDocument, { input: { name: 'Walkers' } })
    const changes = (await ask(documents.GroupHistoryDocument, { id: other.group.id })).group?.history.nodes
    expect(changes?.map(({ seq }) => seq)).toEqual(changes?.map((_, i) => i + 1))
  })

  test('follow what happens', async () => {
    const { head } = await ask(documents.HeadDocument, {})
    const { createUser } = await ask(documents.CreateUserDocument, { input: { username: 'grace' } })
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      connectionParams: { authorization: `Bearer ${server.operatorKey}` },
      retryAttempts: 0,
    })
    const query = print(documents.ChangesDocument)
    const changes = client.iterate<documents.ChangesSubscription>({ query, variables: { after: head } })
    const { value } = await changes.next()
    expect(value?.data?.changes.change?.event).toEqual({
      __typename: 'SetUsername',
      userId: createUser.user.id,
      username: 'grace',
    })
    await client.dispose()
  })
})
