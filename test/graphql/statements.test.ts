import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type EmbeddedDirectory, openEmbedded } from '../../src/cli/run/embedded.ts'
import { sow } from '../../src/cli/run/seed.ts'
import { cursorCodec } from '../../src/domain/cursor.ts'
import { SCOPES } from '../../src/domain/scopes.ts'
import { tokenCodec } from '../../src/domain/token.ts'
import { openJournal } from '../../src/feed/journal.ts'
import { createEngine } from '../../src/graphql/createEngine.ts'
import { requestContext } from '../../src/graphql/requestContext.ts'
import type { OrderedEventLog } from '../../src/log/EventLog.ts'
import { Relations } from '../../src/queries/Relations.ts'
import { viewFile } from '../../src/views/generations.ts'
import { openSqliteViewReader } from '../../src/views/sqlite/index.ts'
import type { ViewReader } from '../../src/views/ViewStore.ts'

const LIMITS = {
  maxDepth: 20,
  maxCost: 1e9,
  maxAliases: 50,
  maxTokens: 5_000,
  introspection: true,
  maxAnswerChars: 1e9,
}

describe('the number of statements for a query does not grow with the rows it returns', () => {
  let folder: string
  let directory: EmbeddedDirectory
  let views: ViewReader
  const statements: string[] = []
  const engine = createEngine(LIMITS, (error) => {
    throw error
  })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-statements-'))
    directory = await openEmbedded(folder)
    await sow(directory.log, { tenant: 'default', users: 400, seed: 3 }, { onUsers() {}, onBad() {} })
    await directory.feed.level()
    await directory.feed.reach({ streams: new Map(), position: await directory.log.position() }, 10_000)
    const file = viewFile(folder, directory.log.epoch)
    views = await openSqliteViewReader({ file, onStatement: (sql) => statements.push(sql) })
  })
  afterAll(async () => {
    await views.close()
    await directory.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** Statements and objects of one request; a warm one, so that what the row cache spares does not hide growth. */
  async function cost(query: string, first: number): Promise<{ statements: number; objects: number }> {
    const data = await answer(query, first)
    return { statements: statements.length, objects: JSON.stringify(data).split('{').length }
  }

  async function answer(query: string, first: number): Promise<unknown> {
    const { feed } = directory
    const log = counted(directory.log)
    const context = requestContext(
      {
        log,
        feed,
        views,
        kept: log,
        journal: openJournal(log, feed),
        relations: new Relations(log),
        tokens: tokenCodec(log.secret, log.epoch),
        cursors: cursorCodec(log.secret),
        observer: { committed() {}, conflict() {}, retried() {} },
        viewDeadlineMs: 1_000,
      },
      {
        viewer: {
          tenant: 'default',
          actor: { kind: 'operator', id: null, label: null },
          scopes: SCOPES,
          operator: true,
          userId: null,
          keyId: null,
        },
        requestId: 'test',
        idempotencyKey: null,
        ip: null,
        signal: null,
        atLeast: [],
        resumeAfter: null,
      },
    )
    const prepared = engine.prepare({ query, variables: { first } })
    if (!prepared.ok) throw new Error(JSON.stringify(prepared.errors))
    statements.length = 0
    const { data, errors } = await prepared.operation.execute(context)
    expect(errors).toBeUndefined()
    return data
  }

  /** Each question to the log is one statement. */
  const counted = (log: OrderedEventLog): OrderedEventLog =>
    new Proxy(log, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          statements.push(String(name))
          return value.apply(target, args)
        }
      },
    })

  test('of the past, and of histories', async () => {
    const { groups } = (await answer('query { groups(first: 50) { nodes { id memberCount } } }', 1)) as {
      groups: { nodes: { id: string; memberCount: number }[] }
    }
    const id = groups.nodes.toSorted((a, b) => b.memberCount - a.memberCount)[0]?.id
    const asOf = `asOf: "${new Date().toISOString()}"`
    for (const query of [
      `query ($first: Int) { group(id: "${id}", ${asOf}) { members(first: $first) { nodes { user { username memberships(first: 5) { nodes { group { name memberCount parent { name } } } } } } } } }`,
      'query ($first: Int) { users(first: $first) { nodes { history(first: 3) { nodes { seq } } } } }',
      'query ($first: Int) { groups(first: $first) { nodes { history(first: 3) { nodes { seq } } } } }',
    ]) {
      await cost(query, 20)
      const few = await cost(query, 2)
      const many = await cost(query, 20)
      expect(many.objects).toBeGreaterThan(3 * few.objects)
      // Among more groups are larger ones: users are read 500 at a time.
      expect(many.statements, query).toBeLessThanOrEqual(few.statements + 2)
      expect(many.statements).toBeLessThan(30)
    }
  })

  test.each([
    'query ($first: Int) { users(first: $first) { nodes { id memberships(first: 5) { nodes { role user { username } group { name parent { name } } } } } } }',
    'query ($first: Int) { users(first: $first) { nodes { memberships(first: 5, transitive: true) { nodes { group { name } } } apiKeys { id } token } } }',
    'query ($first: Int) { groups(first: $first) { nodes { name memberCount all: memberCount(transitive: true) children(first: 3) { nodes { name parent { id } } } } } }',
    'query ($first: Int) { groups(first: $first) { nodes { members(first: 4) { nodes { user { username name } group { name } } } } } }',
    'query ($first: Int) { groups(first: $first) { nodes { members(first: 4, transitive: true) { edges { cursor node { user { username } } } pageInfo { endCursor } } } } }',
    'query ($first: Int) { users(search: "a", first: $first) { nodes { username memberships { nodes { group { name } } } } } }',
  ])('%s', async (query) => {
    await cost(query, 20)
    const few = await cost(query, 2)
    const many = await cost(query, 20)
    expect(many.objects).toBeGreaterThan(4 * few.objects)
    expect(few.statements).toBeGreaterThan(0)
    expect(many.statements).toBeLessThanOrEqual(few.statements)
    expect(many.statements).toBeLessThan(20)
  })

  test('how far the views are is asked by the list, by the answer, and for the tokens of the lists below', async () => {
    const state = vi.spyOn(views, 'state')
    const asks = async (fields: string) => {
      state.mockClear()
      await answer(
        `query ($first: Int) { groups(first: $first) { nodes { members { ${fields} } children { ${fields} } } } }`,
        20,
      )
      return state.mock.calls.length
    }
    for (const _ of ['interpreted', 'compiled']) {
      expect(await asks('pageInfo { endCursor }')).toBe(2)
      expect(await asks('token')).toBe(3)
    }
    state.mockRestore()
  })
})
