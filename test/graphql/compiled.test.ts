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

test('what is amiss with a variable or a value is said the same each time, with the value and what would be right', async () => {
  const server = await startServer()
  const instant = 'must be an instant such as 2026-01-31T12:00:00.000Z'
  const cases = [
    [
      'query ($at: DateTime) { user(id: "u", asOf: $at) { id } }',
      { at: 'yesterday' },
      `Variable "$at" got invalid value "yesterday"; DateTime: ${instant}, but was "yesterday"`,
      { value: 'yesterday', wanted: instant },
    ],
    [
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { token } }',
      { input: { username: 'ada', attributes: 5 } },
      'Variable "$input" got invalid value 5 at "input.attributes"; JSONObject: must be a JSON object, but was 5',
      { value: '5', wanted: 'must be a JSON object' },
    ],
    [
      '{ user(id: "u", atLeast: 7) { id } }',
      {},
      'ConsistencyToken: must be a string, but was 7',
      { value: '7', wanted: 'must be a string' },
    ],
    [
      'query ($first: Int) { users(first: $first) { token } }',
      { first: 'x' },
      'Variable "$first" got invalid value "x"; Int cannot represent non-integer value: "x"',
      {},
    ],
  ] as const
  try {
    const client = new Client(server.url, server.operatorKey)
    for (const [query, variables, message, extensions] of cases) {
      for (let i = 0; i < 3; i++) {
        const { errors } = await client.send(query, variables)
        expect(errors, message).toMatchObject([
          { message, locations: [{}], extensions: { code: 'BAD_USER_INPUT', ...extensions } },
        ])
      }
    }
  } finally {
    await server.close()
  }
})
