import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSynchroniser, type Synchroniser } from '../../src/cli/run/synchronise.ts'
import type { PlatformRecord } from '../../src/feed/aws/platformRecord.ts'
import { openDynamoLog } from '../../src/log/dynamodb/DynamoLog.ts'

import { commitUser, newUser } from '../feed/commits.ts'
import { AwsProxy } from '../support/aws/AwsProxy.ts'
import { Dropped } from '../support/aws/Dropped.ts'
import { Client, CREATE_USER, USER } from '../support/client.ts'
import { dynamoDbOrSkip, placeOf } from '../support/dynamodb.ts'
import { Follower } from '../support/follower.ts'
import { makeAgain, startKinesis } from '../support/kinesis.ts'
import { postgresOrSkip } from '../support/postgres.ts'
import { rollcall } from '../support/process.ts'
import { startRelay } from '../support/relay.ts'
import { type AnyServer, startShared } from '../support/server.ts'

const dynamodb = await dynamoDbOrSkip()
const postgres = await postgresOrSkip()
const kinesis = dynamodb === null || postgres === null ? null : await startKinesis()
const dropped = new Dropped()
const wire =
  kinesis === null
    ? null
    : await AwsProxy.open(
        kinesis.endpoint,
        dropped.around((call) => call.forward()),
      )
afterAll(() => wire?.close().then(kinesis?.stop))

const told = (shards: readonly (readonly PlatformRecord[])[]): readonly string[] =>
  shards.flat().map(({ stream }) => stream.split('/').at(-1) ?? '')

describe.skipIf(wire === null)('a gateway and synchronisers', { timeout: 60_000 }, () => {
  let server: AnyServer
  let client: Client
  let table: string
  let stream: string
  let environment: Readonly<Record<string, string>>
  let relay: { close(): Promise<void> }
  const synchronisers: Synchroniser[] = []

  const engines = () => {
    if (dynamodb === null || postgres === null || kinesis === null || wire === null)
      throw new Error('an engine is not there')
    return { dynamodb, postgres, kinesis, wire }
  }

  /** By such a name it is told of records; without one it asks for them. */
  const startSynchroniser = async (consumer: string | null = null) => {
    const { dynamodb, postgres, wire } = engines()
    const { region, endpoint } = dynamodb
    const synchroniser = await openSynchroniser(
      { table: { table, region, endpoint }, views: postgres.url },
      { stream, region: 'us-east-1', endpoint: wire.endpoint, consumer },
    )
    synchronisers.push(synchroniser)
    return synchroniser
  }

  beforeAll(async () => {
    const { dynamodb, postgres, kinesis } = engines()
    table = await dynamodb.newTable()
    stream = await kinesis.newStream(2)
    relay = await startRelay(dynamodb, kinesis, { table, stream })
    environment = {
      ROLLCALL_LOG: placeOf(dynamodb, table),
      ROLLCALL_VIEWS: postgres.url,
    }
    server = await startShared({ ...environment, ROLLCALL_VIEW_DEADLINE_MS: '500' })
    client = new Client(server.url, server.operatorKey)
    await (await startSynchroniser('synchroniser-1')).level()
  })
  afterAll(async () => {
    await Promise.all(synchronisers.map((synchroniser) => synchroniser.close()))
    await relay.close()
    await server.close()
  })

  /** As one that crashed right after it had committed. */
  const commitElsewhere = async (id: string) => {
    const { region, endpoint } = engines().dynamodb
    const log = await openDynamoLog({ table, region, endpoint })
    await commitUser(log, 'default', id, newUser(id, id))
    await log.close()
  }

  test('what nobody asks for is brought to the views, and followers are told', async () => {
    const follower = new Follower(server.url, server.operatorKey, null)
    await follower.next()
    await commitElsewhere('orphan')
    expect((await follower.nextChange()).event).toMatchObject({ userId: 'orphan', username: 'orphan' })
    expect((await client.ask(USER, { id: 'orphan' })).user.username).toBe('orphan')
    await follower.close()
  })

  test('what never came, and nothing came after, is found by comparing the heads', async () => {
    const follower = new Follower(server.url, server.operatorKey, null)
    await follower.next()
    dropped.drop(1, (stream) => stream === 'default/user/lost')
    await commitElsewhere('lost')
    expect((await follower.nextChange()).event).toMatchObject({ userId: 'lost', username: 'lost' })
    await expect.poll(() => dropped.count).toBe(1)
    await follower.close()
  })

  test('away for longer than the stream keeps its records, it finds what has expired by comparing the heads', async () => {
    const { kinesis } = engines()
    await Promise.all(synchronisers.splice(0).map((synchroniser) => synchroniser.close()))
    await commitElsewhere('expired')
    await expect
      .poll(async () => told(await kinesis.readAll(stream)), { timeout: 20_000 })
      .toContain('expired')
    // Nothing that was in it is there any more, nor the place that the checkpoint names.
    await makeAgain(kinesis.client, stream, 2)
    expect((await client.ask(USER, { id: 'expired' })).user).toBeNull()

    const follower = new Follower(server.url, server.operatorKey, null)
    await follower.next()
    await startSynchroniser()
    expect((await follower.nextChange()).event).toMatchObject({ userId: 'expired' })
    await commitElsewhere('after-that')
    while ((await follower.nextChange()).event.userId !== 'after-that');
    await follower.close()
  })

  test('a write that a gateway could not show in time is shown without it', async () => {
    const follower = new Follower(server.url, server.operatorKey, null)
    await follower.next()
    const { controls } = server.directory.feed
    await controls.hold()
    const written = await client.send(CREATE_USER, { input: { id: 'slow', username: 'slow' } })
    expect([undefined, 'VIEW_BEHIND']).toContain(written.errors[0]?.extensions.code)
    expect((await follower.nextChange()).event).toMatchObject({ userId: 'slow' })
    await follower.close()
    await controls.release()
  })

  test('it goes over to the next generation of the views, and back, with what it has read', async () => {
    for (const [n, command] of [['rebuild'], ['serve', '1']].entries()) {
      expect(await rollcall(['views', ...command], environment)).toMatchObject({ code: 0 })
      const follower = new Follower(server.url, server.operatorKey, null)
      await follower.next()
      await commitElsewhere(`built-${n}`)
      expect((await follower.nextChange()).event).toMatchObject({ userId: `built-${n}` })
      expect((await client.ask(USER, { id: `built-${n}` })).user.username).toBe(`built-${n}`)
      await follower.close()
    }
  })

  test('two of them, one that asks and one that is told: each event once, in the order of its stream', async () => {
    await synchronisers.shift()?.close()
    await commitElsewhere('meanwhile')
    await Promise.all([startSynchroniser(), startSynchroniser('synchroniser-2')])
    const follower = new Follower(server.url, server.operatorKey, null)
    await follower.next()
    await commitElsewhere('last')
    while ((await follower.nextChange()).event.userId !== 'last');
    await follower.close()
    // It is in another stream, which may come later.
    await expect
      .poll(async () => (await client.ask(USER, { id: 'meanwhile' })).user?.username)
      .toBe('meanwhile')
    const seqs = new Map<string, number>()
    for (const { stream: name, seq } of await server.directory.kept.scanTenant('default', 0, 1_000)) {
      expect(seq).toBe((seqs.get(name) ?? 0) + 1)
      seqs.set(name, seq)
    }
    expect(await server.directory.log.seqs([...seqs.keys()] as never)).toEqual([...seqs.values()])
  })
})
