import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { audit } from '../../src/cli/run/audit.ts'
import { verify } from '../../src/cli/run/verify.ts'
import { repairEntity } from '../../src/cli/run/verifyRepair.ts'
import { ANY_CHANGE } from '../../src/domain/changeFilter.ts'
import { groupStream, userStream } from '../../src/domain/streams.ts'
import { attributes, connect, type Item } from '../../src/log/dynamodb/database.ts'
import { claimKey, eventKey, headKey } from '../../src/log/dynamodb/layout.ts'
import { generationSchema } from '../../src/views/postgres/names.ts'
import { recordTerminal } from '../cli/support.ts'
import { Client, CREATE_GROUP, CREATE_USER, SET_MEMBERSHIP } from '../support/client.ts'
import { hasSharedEngines, newLog } from '../support/engines.ts'
import { type AnyServer, configOf, startShared } from '../support/server.ts'

const ann = userStream('default', 'ann')
const ops = groupStream('default', 'ops')

describe.skipIf(!hasSharedEngines)('over DynamoDB and PostgreSQL', { timeout: 120_000 }, () => {
  let environment: Readonly<Record<string, string>>
  let server: AnyServer
  let client: Client

  beforeEach(async () => {
    environment = await newLog()
    server = await startShared(environment)
    client = new Client(server.url, server.operatorKey)
    await client.ask(CREATE_USER, { input: { id: 'ann', username: 'Ann', email: 'ann@example.org' } })
    await client.ask(CREATE_GROUP, { input: { id: 'ops', name: 'ops' } })
    await client.ask(SET_MEMBERSHIP, { groupId: 'ops', userId: 'ann', role: 'MAINTAINER' })
    await client.ask('mutation { updateUser(id: "ann", patch: { username: "countess" }) { token } }')
  })
  afterEach(() => server.close())

  async function verified() {
    const terminal = recordTerminal()
    const code = await verify(configOf(environment), { tenant: null, deep: true, json: false }, terminal)
    return { code, printed: terminal.printed.join('\n') }
  }

  /** By somebody who is not rollcall. */
  async function tamper(change: (table: string, db: ReturnType<typeof connect>) => Promise<unknown>) {
    const url = new URL(environment.ROLLCALL_LOG ?? '')
    const db = connect({ region: url.host, endpoint: url.searchParams.get('endpoint') ?? undefined })
    await change(url.pathname.slice(1), db).finally(() => db.destroy())
  }

  const set =
    (key: Item, name: string, value: Item[string]) => (TableName: string, db: ReturnType<typeof connect>) =>
      db.send(
        new UpdateItemCommand({
          TableName,
          Key: key,
          UpdateExpression: 'SET #name = :value',
          ExpressionAttributeNames: { '#name': name },
          ExpressionAttributeValues: { ':value': value },
        }),
      )

  test('verify finds nothing where nothing is wrong', async () => {
    expect(await verified()).toMatchObject({
      code: EXIT.ok,
      printed: expect.stringMatching(/^1 user, 1 group, 1 membership, .*No problems$/s),
    })
  })

  const claim = claimKey({ tenant: 'default', kind: 'username', value: 'countess' })
  const FAULTS: readonly (readonly [string, Parameters<typeof tamper>[0], string])[] = [
    [
      'an event that was changed',
      set(attributes(eventKey(ann, 1)), 'data', { S: '{"userId":"ann","username":"eve"}' }),
      'log default/user/ann: CHAIN: its events are not those that were written',
    ],
    [
      'an event that no release can read',
      set(attributes(eventKey(ann, 4)), 'data', { S: '{"userId":"an' }),
      'log default/user/ann: UNREADABLE: event 4 cannot be read: its data is no JSON',
    ],
    [
      'an event that is not whole',
      set(attributes(eventKey(ann, 4)), 'actor', { S: '?' }),
      'log default/user/ann: UNREADABLE: event 4 cannot be read: its actor is none',
    ],
    [
      'an event that is missing',
      (TableName, db) => db.send(new DeleteItemCommand({ TableName, Key: attributes(eventKey(ann, 2)) })),
      'log default/user/ann: SEQ_HOLE: seq 2 is missing',
    ],
    [
      'a head that names another event as the newest',
      set(attributes(headKey(ann)), 'latest', { M: { SetUsername: { N: '1' } } }),
      'log default/user/ann: HEAD: its head names other events as the newest of their types',
    ],
    [
      'an event after the head',
      async (TableName, db) => {
        const { Items = [] } = await db.send(new ScanCommand({ TableName }))
        const last = Items.filter(({ pk, type }) => pk?.S === ops && type !== undefined).at(-1)
        const Item = { ...last, sk: { N: String(Number(last?.sk?.N) + 1) } }
        await db.send(
          new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item } }] } }),
        )
      },
      'and there are events after that',
    ],
    [
      'a name that others could take',
      (TableName, db) => db.send(new DeleteItemCommand({ TableName, Key: attributes(claim) })),
      'log default/user/ann: OWNER_WITHOUT_CLAIM: it has the username "countess" of default, and nobody claims it',
    ],
    [
      'a name that another holds',
      set(attributes(claim), 'owner', { S: 'eve' }),
      'CLAIM_WITHOUT_OWNER: eve claims the username "countess" of default, and does not have it',
    ],
  ]

  test.each(FAULTS)('verify finds %s', async (_, change, told) => {
    await tamper(change)
    expect(await verified()).toMatchObject({ code: EXIT.problems, printed: expect.stringContaining(told) })
  })

  test('verify finds a row that says something else, and repairs it', async () => {
    const db = new pg.Client(environment.ROLLCALL_VIEWS)
    await db.connect()
    const { rowCount } = await db.query(
      `UPDATE ${generationSchema(server.directory.log.epoch)}.users SET email = 'eve@example.org' WHERE username = 'countess'`,
    )
    await db.end()
    expect(rowCount).toBe(1)
    expect(await verified()).toMatchObject({
      code: EXIT.problems,
      printed: expect.stringContaining('To repair: rollcall verify --repair user ann --tenant default'),
    })
    const entity = { kind: 'user', tenant: 'default', id: 'ann' } as const
    expect(await repairEntity(configOf(environment), entity, { json: false }, recordTerminal())).toBe(EXIT.ok)
    expect(await verified()).toMatchObject({ code: EXIT.ok })
  })

  test('audit tells what was done, in the order of the journal', async () => {
    const terminal = recordTerminal()
    const request = { ...ANY_CHANGE, tenant: 'default', users: ['countess'], groups: null, limit: 100 }
    const code = await audit(configOf(environment), { ...request, follow: false, json: false }, terminal)
    expect(code).toBe(EXIT.ok)
    expect(terminal.printed.map((line) => line.split(/ {2,}/).slice(2, 4).join(': '))).toEqual([
      'user Ann: username "Ann"',
      'user Ann: email "ann@example.org"',
      'user Ann: ACTIVE',
      'group ops: Ann MAINTAINER',
      'user countess: username "countess"',
    ])
  })
})
