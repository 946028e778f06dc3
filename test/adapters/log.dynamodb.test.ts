import {
  type AttributeValue,
  DeleteTableCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type StreamName, userStream } from '../../src/domain/streams.ts'
import { encodeActor } from '../../src/log/actor.ts'
import { encodeProvenance, NO_HASH, nextHash } from '../../src/log/chain.ts'
import { openDynamoLog } from '../../src/log/dynamodb/DynamoLog.ts'
import { openDynamoLogReader } from '../../src/log/dynamodb/DynamoLogReader.ts'
import { attributes } from '../../src/log/dynamodb/database.ts'
import { eventKey } from '../../src/log/dynamodb/layout.ts'
import { type EventLog, LogUnavailable } from '../../src/log/EventLog.ts'
import {
  ann,
  append,
  appendOf,
  bob,
  claimOf,
  commitOf,
  kinds,
  META,
  record,
  seqs,
  TENANT,
  times,
  upTo,
  username,
  usernames,
} from '../conformance/eventLog/commits.ts'
import type { LogFixture } from '../conformance/eventLog/fixture.ts'
import { describeEventLog } from '../conformance/eventLog.ts'
import { dynamoDbOrSkip, interceptedClient, type LocalDynamoDb, type Passing } from '../support/dynamodb.ts'

/** Each request is one over HTTP to a JVM. */
vi.setConfig({ testTimeout: 120_000 })

const dynamodb = await dynamoDbOrSkip()

const local = (): LocalDynamoDb => dynamodb as LocalDynamoDb

/** Through a client that refuses what AWS does and DynamoDB Local does not. */
function optionsFor(table: string, seen: (passing: Passing) => void = () => {}) {
  const { endpoint, region } = local()
  const client = interceptedClient({ endpoint, region }, (passing) => {
    requireLawful(passing)
    seen(passing)
    return passing.send()
  })
  return { table, client }
}

type Write = Record<string, { Key?: unknown; Item?: { pk: unknown; sk: unknown } }>

function requireLawful({ operation, input }: Passing): void {
  if (operation !== 'TransactWriteItems') return
  const keys = (input.TransactItems as Write[]).map((write) => {
    const [{ Key, Item }] = Object.values(write) as [{ Key?: unknown; Item?: { pk: unknown; sk: unknown } }]
    return JSON.stringify(Key ?? { pk: Item?.pk, sk: Item?.sk })
  })
  if (new Set(keys).size < keys.length)
    throw new Error(`two operations on one item: ${keys.sort().join(' ')}`)
}

async function openFixture(): Promise<LogFixture> {
  const table = await local().newTable()
  const opened: { close(): Promise<void> }[] = []
  const keep = <A extends { close(): Promise<void> }>(log: A): A => {
    opened.push(log)
    return log
  }
  return {
    log: keep(await openDynamoLog(optionsFor(table))),
    another: async () => keep(await openDynamoLog(optionsFor(table))),
    reader: async () => keep(await openDynamoLogReader(optionsFor(table))),
    spoil: (stream, seq, data) => set(table, stream, seq, 'data', { S: data }),
    dispose: async () => {
      await Promise.all(opened.map((log) => log.close()))
    },
  }
}

/** Sets an attribute of an event's item, or takes it away, as nothing of rollcall does. */
const set = (
  TableName: string,
  stream: StreamName,
  seq: number,
  name: string,
  value: AttributeValue | null,
): Promise<unknown> =>
  local().client.send(
    new UpdateItemCommand({
      TableName,
      Key: attributes(eventKey(stream, seq)),
      ExpressionAttributeNames: { '#name': name },
      ...(value === null
        ? { UpdateExpression: 'REMOVE #name' }
        : { UpdateExpression: 'SET #name = :value', ExpressionAttributeValues: { ':value': value } }),
    }),
  )

/** A log of its own, and what it asks of the table from then on. */
async function openCounted(): Promise<{ log: EventLog; table: string; requests: Passing[] }> {
  const table = await local().newTable()
  const requests: Passing[] = []
  const log = await openDynamoLog(optionsFor(table, (passing) => requests.push(passing)))
  onTestFinished(() => log.close())
  requests.length = 0
  return { log, table, requests }
}

const named = (requests: readonly Passing[], operation: string) =>
  requests.filter((request) => request.operation === operation)

describe.skipIf(dynamodb === null)('a log in a table', () => {
  describeEventLog('DynamoDB', openFixture)

  it('says that it has no total order', async () => {
    const { log } = await openCounted()
    expect(log.capabilities).toEqual({ totalOrder: false })
    expect(await log.commit(appendOf(ann, 0, username('a')))).toMatchObject({ position: 0 })
  })
})

it.skipIf(dynamodb === null)('reads what is asked for at once by one request for a hundred', async () => {
  const { log, requests } = await openCounted()
  const held = times(3, (n) => claimOf(`u${n}`, `n${n}`))
  await log.commit(commitOf({ claims: held }))
  requests.length = 0
  const owners = await Promise.all(times(150, (n) => log.claimOwner(TENANT, 'username', `n${n}`)))
  expect(owners).toEqual([...times(3, (n) => `u${n}`), ...times(147, () => null)])
  expect(requests.map(({ operation }) => operation)).toEqual(['BatchGetItem', 'BatchGetItem'])
  expect(await log.claimOwner(TENANT, 'username', 'n1')).toBe('u1')
  expect(requests.at(-1)?.operation).toBe('GetItem')
})

describe.skipIf(dynamodb === null)('an empty commit', () => {
  it('is one read, as it is asked by every look whether the log is there, and fails where it is not', async () => {
    const { log, table, requests } = await openCounted()
    await log.commit(commitOf({}))
    expect(requests.map(({ operation }) => operation)).toEqual(['GetItem'])
    await local().client.send(new DeleteTableCommand({ TableName: table }))
    await expect(log.commit(commitOf({}))).rejects.toThrow(LogUnavailable)
  })
})

describe.skipIf(dynamodb === null)('commits of one process', () => {
  it('that race for one stream share what they read, and only those that win cost a transaction', async () => {
    const { log, requests } = await openCounted()
    const write = async (writer: number) => {
      for (;;) {
        const { seq } = await log.head(ann)
        const { kind } = await log.commit(appendOf(ann, seq, username(`${writer}`)))
        if (kind === 'committed') return
      }
    }
    await Promise.all(times(64, write))
    expect(seqs(await log.read(ann, 0, 100))).toEqual(upTo(64))
    expect(named(requests, 'TransactWriteItems')).toHaveLength(64)
    // Each for itself they would make some two thousand.
    expect(named(requests, 'GetItem').length).toBeLessThan(4 * 64)
  })

  it('that follow on each other, or rest on the same stream, share a transaction', async () => {
    const { log, table, requests } = await openCounted()
    await log.commit(appendOf(bob, 0, username('b')))
    requests.length = 0
    const following = times(4, (n) => log.commit(appendOf(ann, n, username(`${n}`))))
    const checking = times(20, (n) =>
      log.commit(
        commitOf({
          checks: [{ stream: bob, expected: 1 }],
          appends: [append(userStream(TENANT, `u${n}`), 0, username('u'))],
        }),
      ),
    )
    expect(new Set(kinds(await Promise.all([...following, ...checking])))).toEqual(new Set(['committed']))
    expect(named(requests, 'TransactWriteItems')).toHaveLength(2)
    expect(seqs(await log.read(ann, 0, 10))).toEqual(upTo(4))
    await expectChained(log, table)
  })

  it('that share a transaction are judged each by itself', async () => {
    const { log } = await openCounted()
    await log.commit(commitOf({ claims: [claimOf('1', 'a')] }))
    const outcomes = await Promise.all([
      log.commit(appendOf(ann, 0, username('a'))),
      log.commit(commitOf({ appends: [append(ann, 1, username('b'))], claims: [claimOf('2', 'a')] })),
      log.commit(appendOf(ann, 2, username('c'))),
      log.commit(
        commitOf({ appends: [append(bob, 0, username('b'))], checks: [{ stream: ann, expected: 2 }] }),
      ),
    ])
    expect(kinds(outcomes)).toEqual(['committed', 'taken', 'conflict', 'conflict'])
    expect(await log.seqs([ann, bob])).toEqual([1, 0])
  })
})

describe.skipIf(dynamodb === null)('the table', () => {
  it('has the items that layout.ts describes', async () => {
    const { log, table } = await openCounted()
    const meta = { ...META, idempotencyKey: 'k' }
    const appends = [append(ann, 0, username('ann'), username('anna'))]
    await log.commit(commitOf({ meta, appends, claims: [claimOf('1', 'anna')], idempotency: [record('k')] }))
    const { Items = [] } = await local().client.send(new ScanCommand({ TableName: table }))
    const of = (prefix: string) => Items.find(({ pk, sk }) => `${pk?.S} ${sk?.N}`.startsWith(prefix))
    const commit = of('claim#')?.commit
    expect(Items).toHaveLength(6)
    expect(of(`${ann} 2`)).toEqual({
      pk: { S: ann },
      sk: { N: '2' },
      type: { S: 'SetUsername' },
      version: { N: '1' },
      data: { S: '{"userId":"ann","username":"anna"}' },
      at: { N: String(Date.parse(META.at)) },
      actor: { S: '["key","k1","provisioner"]' },
      cause: { S: 'request-1' },
      idempotencyKey: { S: 'k' },
      ip: { S: '192.0.2.1' },
      commit,
    })
    expect(of('heads#acme#')).toMatchObject({
      stream: { S: ann },
      seq: { N: '2' },
      latest: { M: { SetUsername: { N: '2' } } },
      commit,
    })
    expect(of('claim#')).toMatchObject({ kind: { S: 'username' }, value: { S: 'anna' }, owner: { S: '1' } })
    expect(of('request#')).toMatchObject({ idempotencyKey: { S: 'k' }, result: { S: '{"id":"k"}' }, commit })
    expect(of('log 0')).toMatchObject({
      epoch: { S: log.epoch },
      secret: { S: log.secret },
      layout: { N: '1' },
    })
  })

  it('keeps the chain of each stream', async () => {
    const { log, table } = await openCounted()
    for (const seq of [0, 3, 6]) await log.commit(appendOf(ann, seq, ...usernames(3, `${seq}-`)))
    await expectChained(log, table)
  })

  it('becomes a log once, however many open it at the same time', async () => {
    const table = await local().newTable()
    const logs = await Promise.all(times(6, () => openDynamoLog(optionsFor(table))))
    expect(new Set(logs.map(({ secret }) => secret)).size).toBe(1)
    await Promise.all(logs.map((log) => log.close()))
  })

  it('must be there, and a log for a reader', async () => {
    const missing = openDynamoLog(optionsFor('missing'))
    await expect(missing).rejects.toBeInstanceOf(LogUnavailable)
    await expect(missing).rejects.toThrow(/There is no table missing in DynamoDB/)
    const empty = openDynamoLogReader(optionsFor(await local().newTable()))
    await expect(empty).rejects.toThrow(/There is no log in the table/)
  })

  it('of a newer release is refused, with what to do', async () => {
    const table = await local().newTable()
    const Item = { pk: { S: 'log' }, sk: { N: '0' }, layout: { N: '2' } }
    await local().client.send(new PutItemCommand({ TableName: table, Item }))
    const message = /layout 2.*knows 1.*newer release/
    await expect(openDynamoLog(optionsFor(table))).rejects.toThrow(message)
    await expect(openDynamoLogReader(optionsFor(table))).rejects.toThrow(message)
  })
})

describe.skipIf(dynamodb === null)('an item that is no whole event', () => {
  const FAULTS: readonly (readonly [string, AttributeValue | null, string])[] = [
    ['actor', null, `an item of the log has no actor: ${ann} 2`],
    ['actor', { S: '{"kind":' }, 'its actor is none'],
    ['actor', { S: 'null' }, 'its actor is none'],
    ['at', null, `an item of the log has no at: ${ann} 2`],
    ['at', { N: '1e20' }, 'its time is none'],
    ['version', { S: 'one' }, `an item of the log has no version: ${ann} 2`],
    ['data', null, `an item of the log has no data: ${ann} 2`],
    ['type', null, `an item of the log has no type: ${ann} 2`],
  ]

  it.each(FAULTS)('keeps its place in the stream, with its fault: %s %j', async (name, value, fault) => {
    const { log, table } = await openCounted()
    await log.commit(appendOf(ann, 0, ...usernames(3)))
    await set(table, ann, 2, name, value)
    const events = await log.read(ann, 0, 10)
    expect(seqs(events)).toEqual([1, 2, 3])
    expect(events[1]?.event).toMatchObject({ type: 'Unknown', name: expect.stringMatching(/./), fault })
    expect((await log.readRanges([{ stream: ann, after: 1, limit: 1 }]))[0]).toEqual([events[1]])
  })
})

/** What the heads say is what every engine says of these events. */
async function expectChained(log: EventLog, table: string): Promise<void> {
  const events = await log.read(ann, 0, 1_000)
  const hash = events.reduce((before, { seq, version, meta, event }) => {
    const { type, ...fields } = event
    const provenance = encodeProvenance({ ...meta, stream: ann, actor: encodeActor(meta.actor) })
    const data = JSON.stringify(fields)
    return nextHash(before, { seq, type, version, at: Date.parse(meta.at), provenance, data })
  }, NO_HASH)
  const { Items = [] } = await local().client.send(
    new ScanCommand({
      TableName: table,
      FilterExpression: '#stream = :stream',
      ExpressionAttributeNames: { '#stream': 'stream' },
      ExpressionAttributeValues: { ':stream': { S: ann } },
    }),
  )
  expect(Items.map((item) => item.hash?.S)).toEqual([hash])
}
