import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { audit } from '../../src/cli/run/audit.ts'
import { exportTenant } from '../../src/cli/run/exportTenant.ts'
import { verify } from '../../src/cli/run/verify.ts'
import { ANY_CHANGE } from '../../src/domain/changeFilter.ts'
import { type StreamName, userStream } from '../../src/domain/streams.ts'
import { attributes, connect } from '../../src/log/dynamodb/database.ts'
import { eventKey } from '../../src/log/dynamodb/layout.ts'
import { recordTerminal } from '../cli/support.ts'
import { Client, CREATE_USER } from '../support/client.ts'
import { onEverySite, type Site } from '../support/engines.ts'
import { type AnyServer, configOf } from '../support/server.ts'
import { dropSchemas } from '../support/sql.ts'

const ann = userStream('default', 'ann')
const RENAME = 'mutation ($name: String!) { updateUser(id: "ann", patch: { username: $name }) { token } }'
const NAMES = '{ ann: user(id: "ann") { username } bob: user(id: "bob") { username } }'
const SECRET = 'not-to-be-told'
const REASON = 'cannot be read: its data is no JSON'

onEverySite('an event in the log that no release can read', (openSite) => {
  let site: Site
  let server: AnyServer
  let client: Client
  let renamedAt: string
  const folders: string[] = []

  beforeEach(async () => {
    site = await openSite()
    await start()
    await client.ask(CREATE_USER, { input: { id: 'ann', username: 'Ann' } })
    await client.ask(CREATE_USER, { input: { id: 'bob', username: 'Bob' } })
    await client.ask(RENAME, { name: 'countess' })
    await client.ask(RENAME, { name: 'duchess' })
    const { log } = server.directory
    const events = await log.read(ann, 0, 10)
    renamedAt = events.at(-1)?.meta.at ?? ''
    await server.close()
    await spoil(ann, (events.at(-2)?.seq ?? 0) as number)
    await loseViews(log.epoch)
    await start()
  }, 120_000)
  afterEach(async () => {
    await server.close()
    await site.close()
    await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })))
  })

  async function start(): Promise<void> {
    server = await site.start()
    client = new Client(server.url, server.operatorKey)
  }

  const config = () => configOf(site.environment)
  const data = () => site.environment.ROLLCALL_DATA ?? ''

  async function spoil(stream: StreamName, seq: number): Promise<void> {
    const { log: table } = config()
    const broken = `{"userId":"${SECRET}`
    if (table === null) {
      const db = new DatabaseSync(join(data(), 'log.sqlite'))
      const sql =
        'UPDATE event SET data = ? WHERE seq = ? AND stream = (SELECT id FROM stream WHERE name = ?)'
      expect(db.prepare(sql).run(broken, seq, stream).changes).toBe(1)
      db.close()
      return
    }
    const db = connect(table)
    await db.send(
      new UpdateItemCommand({
        TableName: table.table,
        Key: attributes(eventKey(stream, seq)),
        UpdateExpression: 'SET #data = :data',
        ExpressionAttributeNames: { '#data': 'data' },
        ExpressionAttributeValues: { ':data': { S: broken } },
      }),
    )
    db.destroy()
  }

  async function loseViews(epoch: string): Promise<void> {
    const { views } = config()
    if (views !== null) return dropSchemas(views, epoch)
    const files = (await readdir(data())).filter((name) => name.startsWith('views'))
    await Promise.all(files.map((name) => rm(join(data(), name), { recursive: true })))
  }

  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${server.url}/metrics`)).text()
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
  }

  test('stops its own stream alone, and every tool tells of it', async () => {
    expect(await client.ask(NAMES)).toEqual({ ann: { username: 'Ann' }, bob: { username: 'Bob' } })
    // A gateway that shares its views counts them every ten seconds.
    await expect.poll(() => metric('rollcall_quarantined_streams'), { timeout: 30_000 }).toBe(1)
    const { createUser } = await client.ask(CREATE_USER, { input: { id: 'cid', username: 'Cid' } })
    const after = 'query ($token: ConsistencyToken) { user(id: "cid", atLeast: $token) { username } }'
    expect((await client.ask(after, { token: createUser.token })).user).toEqual({ username: 'Cid' })

    const terminal = recordTerminal()
    expect(await verify(config(), { tenant: null, deep: true, json: false }, terminal)).toBe(EXIT.problems)
    const told = terminal.printed.join('\n')
    expect(told).toMatch(new RegExp(`^log ${ann}: UNREADABLE: event \\d ${REASON}`, 'm'))
    expect(told).toMatch(
      new RegExp(`^views ${ann}: in quarantine since seq \\d: event SetUsername ${REASON}`, 'm'),
    )
    expect(told).not.toContain('CLAIM')
    expect(told).not.toContain('the log says')
    expect(told).not.toContain(SECRET)
  })

  test('is decided by by no command, where it is the newest of its type', async () => {
    const { log } = server.directory
    const { seq } = await log.head(ann)
    await spoil(ann, seq)
    const { code } = await client.refused(RENAME, { name: 'princess' })
    expect(code).toBe('INTERNAL')
    expect(await log.seqs([ann])).toEqual([seq])
  })

  test('keeps neither the past nor the trail nor an export from being read', async () => {
    const past =
      'query ($asOf: DateTime) { user(id: "ann", asOf: $asOf) { username history { nodes { event { __typename } } } } }'
    // A journal that the views keep has what they have applied.
    const isLogTheJournal = server.directory.log.capabilities.totalOrder
    const { user } = await client.ask(past, { asOf: renamedAt })
    expect(user.username).toBe(isLogTheJournal ? 'duchess' : 'Ann')
    expect(user.history.nodes.length).toBeGreaterThan(0)

    const folder = await mkdtemp(join(tmpdir(), 'rollcall-unreadable-'))
    folders.push(folder)
    for (const asOf of [null, renamedAt]) {
      const output = join(folder, `${asOf}`)
      const options = { tenant: 'default', output, asOf }
      expect(await exportTenant(config(), options, recordTerminal())).toBe(EXIT.ok)
      const text = await readFile(output, 'utf8')
      expect(text).toContain('"Bob"')
      expect(text).toContain(asOf === null ? '"Ann"' : '"duchess"')
    }

    const request = { ...ANY_CHANGE, tenant: 'default', users: null, groups: null, limit: 100 }
    for (const json of [false, true]) {
      const terminal = recordTerminal()
      expect(await audit(config(), { ...request, follow: false, json }, terminal)).toBe(EXIT.ok)
      const told = json ? '"fault":"its data is no JSON"' : `SetUsername, which ${REASON}`
      expect(terminal.printed.join('\n').includes(told)).toBe(isLogTheJournal)
      expect(terminal.printed.join('\n')).not.toContain(SECRET)
    }
  })
})
