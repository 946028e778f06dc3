import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { logFile } from '../../src/cli/run/logFile.ts'
import { logPlace } from '../../src/cli/run/logPlace.ts'
import { profileStream, type StreamName, userStream } from '../../src/domain/streams.ts'
import { attributes, connect } from '../../src/log/dynamodb/database.ts'
import { claimKey, eventKey, type Key } from '../../src/log/dynamodb/layout.ts'
import type { LogCopy, StoredLogReader } from '../../src/log/StoredLog.ts'
import { emptyOrphanTally, settleOrphan } from '../../src/transfer/copy/settleOrphan.ts'
import { run } from '../cli/support.ts'
import { Client, CREATE_GROUP, CREATE_USER, SET_MEMBERSHIP, USER } from '../support/client.ts'
import { hasSharedEngines, newLog } from '../support/engines.ts'
import { rollcall } from '../support/process.ts'
import { type AnyServer, startServer, startShared } from '../support/server.ts'
import { contentsOf } from '../support/storedLog.ts'

const RENAME =
  'mutation ($id: ID!, $username: String!) { updateUser(id: $id, patch: { username: $username }) { token } }'
const LATE = { 'idempotency-key': 'late' }

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-orphan-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function serving<S extends AnyServer>(starting: Promise<S>): Promise<S> {
  const server = await starting
  onTestFinished(() => server.close())
  return server
}

const adopt = (to: string, ...more: string[]) => run('copy', '--to', to, '--source-lost', ...more)

/** Carries out some steps of a pass that came no further. */
async function within(
  from: string,
  to: string,
  steps: (copy: LogCopy, bring: (stream: StreamName) => Promise<void>) => Promise<void>,
): Promise<void> {
  const source: StoredLogReader = await logPlace('--from', from).read()
  const copy = await logPlace('--to', to).copy(source)
  if (copy === 'finished') throw new Error('it is finished')
  await steps(copy, async (stream) => {
    const [{ seq: after } = { seq: 0 }] = await copy.heads([stream])
    const events = await source.ranges([{ stream, after, limit: 100 }])
    await copy.append(events)
  })
  await copy.close()
  await source.close()
}

const start = (environment: Readonly<Record<string, string>>): Promise<AnyServer> =>
  environment.ROLLCALL_DATA === undefined
    ? startShared(environment)
    : startServer({ data: environment.ROLLCALL_DATA })

interface Place {
  readonly to: string
  /** Of servers. */
  readonly environment: Readonly<Record<string, string>>
}

function describeOrphans(title: string, newPlace: () => Promise<Place>): void {
  describe(title, { timeout: 120_000 }, () => {
    let from: string
    let to: string
    let environment: Place['environment']
    let client: Client
    let level: string

    /** A directory of which one whole pass was made, and which was written since. */
    beforeEach(async () => {
      from = await newFolder()
      const place = await newPlace()
      to = place.to
      environment = place.environment
      const server = await serving(startServer({ data: from }))
      client = new Client(server.url, server.operatorKey)
      await client.ask(CREATE_USER, { input: { id: 'ada', username: 'ada', name: 'Ada' } })
      await client.ask(CREATE_GROUP, { input: { id: 'ops', name: 'ops' } })
      await client.ask(SET_MEMBERSHIP, { groupId: 'ops', userId: 'ada' })
      level = new Date().toISOString()
      expect((await run('copy', '--from', from, '--to', to)).code).toBe(EXIT.ok)
      await client.ask(CREATE_USER, { input: { id: 'late', username: 'late', name: 'Late' } }, LATE)
      await client.ask(RENAME, { id: 'ada', username: 'augusta' })
    })

    const served = async () => {
      const server = await serving(start(environment))
      return new Client(server.url, server.operatorKey)
    }

    test('a copy is served with all that its last whole pass has brought, and holds up to verify', async () => {
      const told = await adopt(to)
      expect(told).toMatchObject({ code: EXIT.ok, printed: expect.stringContaining('with --finish') })
      const [, since = ''] = /All that was acknowledged before (\S+) is there/.exec(told.printed) ?? []
      expect(since >= level).toBe(true)
      await expect(start(environment)).rejects.toThrow(/copy of a log that is not finished/)

      expect(await adopt(to, '--finish')).toMatchObject({
        code: EXIT.ok,
        printed: expect.stringContaining('is a log now'),
      })
      const there = await served()
      expect((await there.ask(USER, { id: 'ada' })).user).toMatchObject({ username: 'ada', name: 'Ada' })
      expect((await there.ask(USER, { id: 'late' })).user).toBeNull()
      await there.ask(CREATE_USER, { input: { id: 'new', username: 'augusta' } })
      expect(await rollcall(['verify'], environment)).toMatchObject({
        code: EXIT.ok,
        stdout: expect.stringContaining('No problems'),
      })
      expect(await adopt(to, '--finish')).toMatchObject({
        code: EXIT.ok,
        printed: expect.stringContaining('was finished before'),
      })
    })

    test('of a pass that was cut, names go to whom the events say, and a request is carried out again of which there is nothing', async () => {
      await within(from, to, async (copy) => {
        // The rename and the new user are in the claims and in the records, and not in the streams.
        await copy.setClaims(
          [
            { tenant: 'default', kind: 'username', value: 'augusta', owner: 'ada' },
            { tenant: 'default', kind: 'username', value: 'late', owner: 'late' },
          ],
          [{ tenant: 'default', kind: 'username', value: 'ada', owner: 'ada' }],
        )
        const source = await logPlace('', from).read()
        const [record] = await source.requests([{ tenant: 'default', key: 'late' }])
        await source.close()
        if (record == null) throw new Error('no record')
        await copy.addRequests([record])
      })
      expect(await adopt(to)).toMatchObject({
        code: EXIT.ok,
        printed: expect.stringMatching(/3 claims did not fit.*\n1 record of requests will be removed/),
      })
      expect((await adopt(to, '--finish')).code).toBe(EXIT.ok)
      expect((await contentsOf(to)).claims).toContain('default username ada ada')
      const there = await served()
      const { createUser } = await there.ask(
        CREATE_USER,
        { input: { id: 'late', username: 'late', name: 'Late' } },
        LATE,
      )
      expect((await there.ask(USER, { id: 'late', atLeast: createUser.token })).user.name).toBe('Late')
      await there.ask(CREATE_USER, { input: { id: 'new', username: 'augusta' } })
      expect(await rollcall(['verify'], environment)).toMatchObject({ code: EXIT.ok })
    })

    test('what is there in part is told', async () => {
      await client.ask(RENAME, { id: 'late', username: 'ada' })
      await within(from, to, async (copy, bring) => {
        await bring(userStream('default', 'late'))
        const source = await logPlace('', from).read()
        const [record] = await source.requests([{ tenant: 'default', key: 'late' }])
        await source.close()
        if (record != null) await copy.addRequests([record])
      })
      const told = await adopt(to, '--finish')
      expect(told.code).toBe(EXIT.ok)
      expect(told.printed).toContain('the username "ada" of default: late has it, and ada, who keeps it')
      expect(told.printed).toContain(
        'the request "late" of default: a part of its changes is there, and default/user/late/profile is not at seq 1',
      )
      expect(told.printed).toContain('2 things as told above')
      const there = await served()
      await there.ask(RENAME, { id: 'late', username: 'late' })
      expect(await rollcall(['verify'], environment)).toMatchObject({ code: EXIT.ok })
    })

    test('a profile without its user is told', async () => {
      await within(from, to, (_, bring) => bring(profileStream('default', 'late')))
      expect((await adopt(to)).printed).toContain(
        'stream default/user/late/profile: it is there, and default/user/late is not',
      )
    })

    test('mended in part, as by one that was killed, it is gone on with; and so is the copying, where the source came back', async () => {
      await within(from, to, async (copy) => {
        await copy.setClaims([{ tenant: 'default', kind: 'username', value: 'augusta', owner: 'ada' }], [])
      })
      await within(from, to, async (copy) => {
        await copy.arrange(() => {})
        for await (const _ of settleOrphan(copy, true, emptyOrphanTally()));
        expect(await copy.owners([{ tenant: 'default', kind: 'username', value: 'augusta' }])).toEqual([null])
      })
      expect(await run('copy', '--from', from, '--to', to, '--finish')).toMatchObject({ code: EXIT.ok })
      expect(await contentsOf(to)).toEqual(await contentsOf(from))
    })
  })
}

describeOrphans('in a folder, of a copy whose source is lost', async () => {
  const to = await newFolder()
  return { to, environment: { ROLLCALL_DATA: to } }
})
describe.skipIf(!hasSharedEngines)('past one machine', () =>
  describeOrphans('in a table, of a copy whose source is lost', async () => {
    const environment = await newLog()
    return { to: environment.ROLLCALL_LOG ?? '', environment }
  }),
)

describe.skipIf(!hasSharedEngines)(
  'a table that lost parts of transactions, as a replica in another region has',
  () => {
    test('is mended by copying what it has, and serving that', { timeout: 120_000 }, async () => {
      const [replica, target] = [await newLog(), await newLog()]
      const server = await startShared(replica)
      const client = new Client(server.url, server.operatorKey)
      await client.ask(CREATE_USER, { input: { id: 'ada', username: 'ada', name: 'Ada' } })
      await client.ask(RENAME, { id: 'ada', username: 'augusta' })
      await client.ask(CREATE_USER, { input: { id: 'bob', username: 'bob' } }, LATE)
      await client.ask(CREATE_USER, { input: { id: 'eve', username: 'eve' } })
      await server.close()
      const [from = '', to = ''] = [replica, target].map(({ ROLLCALL_LOG }) => ROLLCALL_LOG)
      const claim = (value: string) => claimKey({ tenant: 'default', kind: 'username', value })
      await remove(from, [
        eventKey(userStream('default', 'ada'), 3),
        eventKey(userStream('default', 'bob'), 1),
        claim('eve'),
      ])
      expect(await rollcall(['verify'], replica)).toMatchObject({ code: EXIT.problems })

      expect((await run('copy', '--from', from, '--to', to)).code).toBe(EXIT.ok)
      expect(await adopt(to, '--finish')).toMatchObject({ code: EXIT.ok })
      const there = await serving(startShared(target))
      const anew = new Client(there.url, there.operatorKey)
      expect((await anew.ask(USER, { id: 'ada' })).user).toMatchObject({ username: 'ada', name: 'Ada' })
      expect(await anew.refused(CREATE_USER, { input: { username: 'eve' } })).toMatchObject({
        code: 'USERNAME_TAKEN',
      })
      await anew.ask(CREATE_USER, { input: { id: 'bob', username: 'bob' } }, LATE)
      expect(await rollcall(['verify'], target)).toMatchObject({ code: EXIT.ok })
    })

    async function remove(place: string, keys: readonly Key[]): Promise<void> {
      const url = new URL(place)
      const client = connect({ region: url.host, endpoint: url.searchParams.get('endpoint') ?? undefined })
      for (const key of keys) {
        await client.send(new DeleteItemCommand({ TableName: url.pathname.slice(1), Key: attributes(key) }))
      }
      client.destroy()
    }
  },
)

describe('rollcall copy --source-lost', () => {
  async function half(): Promise<{ from: string; to: string }> {
    const [from, to] = [await newFolder(), await newFolder()]
    const server = await startServer({ data: from })
    await new Client(server.url, server.operatorKey).ask(CREATE_USER, {
      input: { id: 'ada', username: 'ada', name: 'Ada' },
    })
    await server.close()
    await within(from, to, (_, bring) => bring(userStream('default', 'ada')))
    return { from, to }
  }

  test('says so where no pass has come to its end', async () => {
    const { to } = await half()
    expect(await adopt(to)).toMatchObject({
      code: EXIT.ok,
      printed: expect.stringContaining(
        'No pass over its source has come to its end: any stream may be missing',
      ),
    })
  })

  test('does not finish a copy with a stream that has a hole', async () => {
    const { to } = await half()
    await adopt(to)
    const db = new DatabaseSync(logFile(to))
    db.exec(
      "DELETE FROM event WHERE seq = 1 AND stream = (SELECT id FROM stream WHERE name = 'default/user/ada')",
    )
    db.close()
    expect(await adopt(to, '--finish')).toMatchObject({
      code: EXIT.problems,
      printed: expect.stringContaining('stream default/user/ada: its events are not those that were written'),
      noted: expect.stringContaining('was not finished: 1 stream of it cannot be served'),
    })
    expect(await adopt(to)).toMatchObject({ code: EXIT.problems })
  })

  test('is of a copy that was begun, and of nothing else', async () => {
    const { from } = await half()
    const nothing = await newFolder()
    expect(await adopt(from)).toMatchObject({
      code: EXIT.usage,
      noted: `--to: ${from} holds a log: --source-lost is for a copy that was begun`,
    })
    expect(await adopt(nothing)).toMatchObject({
      code: EXIT.usage,
      noted: `--to: ${nothing} holds no copy: --source-lost is for a copy that was begun`,
    })
  })

  test.each([[['--source-lost', '--from', 'a']], [[]]])('takes either that or --from: %j', async (args) => {
    expect(await run('copy', '--to', 'b', ...args)).toMatchObject({
      code: EXIT.usage,
      noted: expect.stringContaining(
        '--from: must name the log that is copied, or with --source-lost must be left out',
      ),
    })
  })
})
