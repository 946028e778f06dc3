import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseStream } from '../../src/domain/streams.ts'
import { mulberry32, type Random } from '../../src/seed/random.ts'
import { exportPast } from '../../src/transfer/exportPast.ts'
import { formatLine } from '../../src/transfer/line.ts'
import { Client } from '../support/client.ts'
import { type DirectoryState, HISTORY, hasHistory, historyLines, sorted } from '../support/history.ts'
import { rollcall } from '../support/process.ts'
import { type HistoryLine, Replay } from '../support/replay.ts'
import { startServer, type TestServer } from '../support/server.ts'

const SEED = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000)
const DAYS = 40
const DAY_MS = 86_400_000
/** Groups or users in one request. */
const BATCH = 100

const GROUP = '{ name description parent { name } members(first: 1000) { nodes { role user { username } } } }'
const USER = '{ username email status }'
const MEMBERSHIPS = '{ username status memberships(first: 1000) { nodes { role group { name } } } }'

interface PastGroup {
  readonly name: string
  readonly description: string
  readonly parent: { readonly name: string } | null
  readonly members: {
    readonly nodes: readonly { readonly role: string; readonly user: { readonly username: string } }[]
  }
}
interface PastUser {
  readonly username: string
  readonly email: string | null
  readonly status: string
}
interface PastMember extends PastUser {
  readonly memberships: {
    readonly nodes: readonly { readonly role: string; readonly group: { readonly name: string } }[]
  }
}

describe.skipIf(!hasHistory)('eight years of a real organisation', { timeout: 120_000 }, () => {
  let data: string
  let server: TestServer
  const lines = hasHistory ? historyLines().map((line) => JSON.parse(line) as HistoryLine) : []

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'rollcall-history-'))
    expect(await rollcall(['import', HISTORY], { ROLLCALL_DATA: data })).toMatchObject({ code: 0 })
    server = await startServer({
      data,
      environment: {
        ROLLCALL_MAX_ALIASES: '1000',
        ROLLCALL_MAX_COST: '100000000',
        ROLLCALL_MAX_TOKENS: '100000',
      },
    })
  })
  afterAll(async () => {
    await server?.close()
    await rm(data, { recursive: true, force: true })
  })

  /** The ids of all users or groups that ever were in the tenant. */
  async function everIn(tenant: string, kind: 'user' | 'group'): Promise<string[]> {
    const { streams } = await server.directory.log.streams(tenant, null, 1_000_000)
    return streams
      .map((stream) => parseStream(stream))
      .flatMap((parts) => (parts?.kind === kind ? [parts.id] : []))
  }

  /** All of them that were there then. */
  async function asOf<Row>(
    tenant: string,
    kind: 'user' | 'group',
    selection: string,
    time: string,
    ids: readonly string[],
  ): Promise<Row[]> {
    const client = new Client(server.url, server.operatorKey, tenant)
    const rows: (Row | null)[] = []
    for (let at = 0; at < ids.length; at += BATCH) {
      const some = ids.slice(at, at + BATCH)
      const variables = some.map((_, i) => `$i${i}: ID!`).join(' ')
      const fields = some.map((_, i) => `a${i}: ${kind}(id: $i${i}, asOf: $t) ${selection}`).join(' ')
      const answer = await client.ask<Record<string, Row | null>>(
        `query ($t: DateTime ${variables}) { ${fields} }`,
        { t: time, ...Object.fromEntries(some.map((id, i) => [`i${i}`, id])) },
      )
      rows.push(...Object.values(answer))
    }
    return rows.filter((row) => row !== null)
  }

  /** The file of the state then, replayed. */
  async function exported(tenant: string, time: string): Promise<DirectoryState> {
    const replay = new Replay()
    for await (const line of exportPast(server.directory.log, tenant, time))
      replay.apply(JSON.parse(formatLine(line)) as HistoryLine)
    return replay.state(tenant)
  }

  test(`is on ${DAYS} random days as a replay of it was (TEST_SEED=${SEED})`, async () => {
    const random = mulberry32(SEED)
    const first = Date.parse(lines[0]?.at ?? '')
    const span = Math.floor((Date.parse(lines.at(-1)?.at ?? '') - first) / DAY_MS)
    const days = Array.from({ length: DAYS }, () => first + random.below(span) * DAY_MS).sort((a, b) => a - b)
    const replay = new Replay()
    let applied = 0
    for (const day of days) {
      const time = new Date(day).toISOString()
      for (; Date.parse(lines[applied]?.at ?? '9999') <= day; applied++)
        replay.apply(lines[applied] as HistoryLine)
      const tenant = random.pick(replay.tenants)
      const told = `${tenant} on ${time}`
      expect(sorted(await exported(tenant, time)), `exported: ${told}`).toEqual(sorted(replay.state(tenant)))
      const [userIds, groupIds] = [await everIn(tenant, 'user'), await everIn(tenant, 'group')]
      const groups = await asOf<PastGroup>(tenant, 'group', GROUP, time, groupIds)
      const users = (await asOf<PastUser>(tenant, 'user', USER, time, userIds)).filter(
        ({ status }) => status !== 'DELETED',
      )
      const seen: DirectoryState = {
        users,
        groups: groups.map(({ parent, members, ...group }) => ({
          ...group,
          parent: parent?.name ?? null,
          members: members.nodes.map(({ role, user }) => ({ role, username: user.username })),
        })),
      }
      expect(sorted(seen), told).toEqual(sorted(replay.state(tenant)))
      const some = await asOf<PastMember>(tenant, 'user', MEMBERSHIPS, time, sample(userIds, random))
      for (const { username, status, memberships } of some) {
        if (status === 'DELETED') continue
        const byUser = memberships.nodes.map(({ role, group }) => `${role} of ${group.name}`)
        const byGroup = seen.groups.flatMap(({ name, members }) =>
          members.filter((member) => member.username === username).map(({ role }) => `${role} of ${name}`),
        )
        expect(byUser.sort(), `${username} in ${told}`).toEqual(byGroup.sort())
      }
    }
  })
})

const sample = (ids: readonly string[], random: Random): string[] =>
  Array.from({ length: BATCH }, () => random.pick(ids))
