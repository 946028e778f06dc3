import { parse } from 'graphql'
import { compileQuery, isCompiledQuery } from 'graphql-jit'
import { expect, test } from 'vitest'
import { buildSchema } from '../../src/graphql/schema.ts'
import { Client, CREATE_USER } from '../support/client.ts'
import { startServer } from '../support/server.ts'

test('documents are compiled here as they are in production', () => {
  expect(isCompiledQuery(compileQuery(buildSchema(), parse('{ viewer { keyId } }')))).toBe(true)
})

test('a document is answered the same the first time, when it is interpreted, and later, when it is compiled', async () => {
  const server = await startServer()
  try {
    const client = new Client(server.url, server.operatorKey)
    await client.ask(CREATE_USER, { input: { id: 'u1', username: 'ada' } })
    for (const query of [
      '{ node(id: "u1") { __typename id ... on User { username } ... on Group { name } } }',
      '{ user(id: "u1") { history { nodes { seq event { __typename ... on SetUsername { username } } } } } }',
    ]) {
      const first = await client.ask(query)
      for (let i = 0; i < 3; i++) expect(await client.ask(query)).toEqual(first)
    }
  } finally {
    await server.close()
  }
})
