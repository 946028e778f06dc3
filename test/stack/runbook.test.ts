import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { userStream } from '../../src/domain/streams.ts'
import { connect } from '../../src/log/dynamodb/database.ts'
import { createTable } from '../../src/log/dynamodb/schema.ts'
import { setLocalCredentials } from '../../stack/engines/credentials.ts'
import { hasJava } from '../../stack/engines/java.ts'
import { asNewerRelease, commitOf, photo } from '../conformance/eventLog/commits.ts'
import { Shell } from '../contract/Shell.ts'
import { Client, CREATE_USER, USER } from '../support/client.ts'
import { copyItems } from '../support/copyItems.ts'
import { openAt } from '../support/storedLog.ts'
import { RunningStack, readPage, untilGone } from './RunningStack.ts'

const WHOLE = /^Commands: .+$/m
const RUNBOOK = await readFile(new URL('../../docs/runbook.md', import.meta.url), 'utf8')

interface Block {
  /** What it stands below. */
  readonly heading: string
  readonly script: string
}

/** Those fenced as ```sh run, some of them in lists. */
const blocks: readonly Block[] = [...RUNBOOK.matchAll(/^( *)```sh run\n(.*?)^ *```$/gms)].map(
  ({ index, 1: indent = '', 2: text = '' }) => ({
    heading: [...RUNBOOK.slice(0, index).matchAll(/^#+ (.+)$/gm)].at(-1)?.[1] ?? '',
    script: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }),
)

const has = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const isThere = hasJava() && ['bash', 'curl', 'jq', 'psql', 'sha256sum'].every(has)

/** With owners and modes: PostgreSQL looks at them. */
const keep = (from: string, to: string): Buffer => execFileSync('cp', ['-a', from, to])

const RENAME = `mutation ($id: ID!, $name: String!) { updateUser(id: $id, patch: { name: $name }) { token } }`
const CREATE_API_KEY = `mutation ($userId: ID!) {
  createApiKey(input: { userId: $userId, label: "script", scopes: [DIRECTORY_READ, DIRECTORY_WRITE] }) {
    secret apiKey { id }
  }
}`
const CHANGES = 'query ($after: Cursor) { changes(first: 1, after: $after) { pageInfo { endCursor } } }'

/** What the runbook tells to type is typed, as it stands there, where it tells to. */
describe.skipIf(!isThere)(
  'the runbook, on the stack (needs Java, bash, curl, jq and psql)',
  { timeout: 240_000 },
  () => {
    let stack: RunningStack
    let page: ReturnType<typeof readPage>
    let folder: string
    let log: string
    let shell: Shell
    let client: Client
    const ran = new Set<Block>()

    beforeAll(async () => {
      setLocalCredentials()
      stack = new RunningStack(['--port', '0', '--gateways', '1'], {}, () => {})
      await stack.hear(WHOLE)
      page = readPage(stack.said)
      const [url = ''] = page.gateways
      const settings = Object.fromEntries(
        [...(await readFile(page.env, 'utf8')).matchAll(/^export (\w+)='(.*)'$/gm)].map(
          ([, name = '', value = '']) => [name, value],
        ),
      )
      log = settings.ROLLCALL_LOG ?? ''
      folder = await mkdtemp(join(tmpdir(), 'rollcall-runbook-'))
      shell = new Shell(folder, { ...settings, URL: url, KEY: page.operatorKey })
      client = new Client(url, page.operatorKey)
      for (const id of ['ada', 'bob', 'eve']) {
        await client.ask(CREATE_USER, { input: { id, username: id, name: `The real ${id}` } })
      }
      await run('Runbook')
    }, 120_000)
    afterAll(async () => {
      stack.process.kill('SIGINT')
      await stack.ended()
      await untilGone(page.parts)
      await rm(folder, { recursive: true, force: true })
    })

    /** The nth block below the heading, with variables that the runbook lets the reader fill in. */
    async function run(
      heading: string,
      nth = 0,
      variables: Readonly<Record<string, string>> = {},
    ): Promise<string> {
      const block = blocks.filter((each) => each.heading === heading)[nth]
      if (block === undefined) throw new Error(`there is no block ${nth} to run below ${heading}`)
      ran.add(block)
      const given = Object.entries(variables).map(([name, value]) => `${name}='${value}'\n`)
      return shell.run(`${given.join('')}${block.script}`)
    }

    const isShown = (id: string) =>
      expect.poll(async () => (await client.send(USER, { id })).data?.user?.id, { timeout: 60_000 }).toBe(id)

    test('it is over when', async () => {
      const said = await run('It is over when')
      expect(said).toContain('"ready":true')
      expect(said).toContain('rollcall_view_lag_seconds 0\nrollcall_quarantined_streams 0')
      expect(said).toContain('No problems')
    })

    test('schemas, and how large they are', async () => {
      expect(await run("PostgreSQL's disk is full")).toMatch(/rollcall_journal_\w+ +\| \d+ kB/)
    })

    test('a mass change is put back, and nothing else', async () => {
      const { createApiKey } = await client.ask(CREATE_API_KEY, { userId: 'ada' })
      const script = new Client(page.gateways[0] ?? '', createApiKey.secret)
      const T = new Date().toISOString()
      for (const id of ['ada', 'bob']) await script.ask(RENAME, { id, name: 'Wrong' })
      await client.ask(RENAME, { id: 'eve', name: 'Eve, married' })

      const ID = createApiKey.apiKey.id
      const heading = 'A person made a mass change'
      expect(await run(heading, 0, { T })).toContain(`2 {"kind":"key","id":"${ID}","label":"script"}`)
      expect(await run(heading, 1, { ID })).toContain('"revokeApiKey":{"token":')
      expect(await script.refused(RENAME, { id: 'bob', name: 'Wrong' })).toMatchObject({
        code: 'UNAUTHENTICATED',
      })
      await run(heading, 2, { T, ID })
      expect((await run(heading, 3)).match(/"updateUser":\{"token":/g)).toHaveLength(2)
      const [, diff = ''] = /^4\. Over when `(diff [^`]+)`/m.exec(RUNBOOK) ?? []
      const left = (await shell.run(`${diff} || true`)).split('\n').filter((line) => /^[<>]/.test(line))
      expect(left).toHaveLength(2)
      for (const line of left) expect(line).toContain('"id":"eve"')
    })

    test('PostgreSQL comes back from a backup: what came since is shown, and places in its journal are refused', async () => {
      const data = join(dirname(page.env), 'postgres')
      const servers = async (verb: 'start' | 'stop') => {
        for (const part of ['gateway-1', 'synchroniser'])
          await stack.type(`${verb} ${part}`, /(is up|has ended)/)
      }
      const postgres = (verb: 'start' | 'stop') => stack.type(`${verb} postgres`, /(is up|has ended)/)

      await servers('stop')
      await postgres('stop')
      keep(data, `${data}.backup`)
      await postgres('start')
      await servers('start')
      await client.ask(CREATE_USER, { input: { id: 'late', username: 'late' } })
      const after = (await client.ask(CHANGES)).changes.pageInfo.endCursor
      await servers('stop')
      await postgres('stop')
      await rm(data, { recursive: true })
      keep(`${data}.backup`, data)
      await postgres('start')
      expect(await run("PostgreSQL's data is lost")).toContain('UPDATE 1')

      await servers('start')
      await isShown('late')
      expect(await client.refused(CHANGES, { after })).toMatchObject({ code: 'CURSOR_EXPIRED', why: 'epoch' })
      expect(await run('It is over when')).toContain('No problems')
    })

    test('a restored table gets another epoch; and a torn one is mended by copying', async () => {
      const NEW = log.replace(/rollcall(?=\?)/, 'rollcall-restored')
      const place = new URL(NEW)
      const tables = connect({
        region: place.host,
        endpoint: place.searchParams.get('endpoint') ?? undefined,
      })
      await createTable(tables, 'rollcall-restored').finally(() => tables.destroy())
      await copyItems(log, NEW)
      const said = await run('Restore the log to a point in time', 0, { NEW })
      const [before = ''] = said.split('\n')
      expect(said).toMatch(new RegExp(`is in the epoch \\S+ now, and was in ${before}`))
      expect(await shell.run('rollcall epoch show "$NEW"')).not.toContain(before)

      const NEW_PLACE = join(folder, 'mended')
      const mended = await run('A table with torn transactions', 0, { TORN: NEW, NEW_PLACE })
      expect(mended).toContain(`${NEW_PLACE} is a log now`)
    })

    test('a poison event is named, with where and why', async () => {
      const writer = await openAt(log)
      const stream = userStream('default', 'bob')
      const [expected = 0] = await writer.seqs([stream])
      await asNewerRelease(async () => {
        await writer.commit(
          commitOf({ tenant: 'default', appends: [{ stream, expected, events: [photo('x')] }] }),
        )
      })
      await writer.close()
      const named = () => run('A poison event')
      await expect.poll(named, { timeout: 60_000, interval: 1_000 }).toContain('default/user/bob')
      expect(await named()).toContain('SetUserPhoto')
      const metrics = async () => (await fetch(`${page.gateways[0]}/metrics`)).text()
      await expect.poll(metrics, { timeout: 30_000 }).toContain('rollcall_quarantined_streams 1')
      expect((await client.ask(USER, { id: 'bob' })).user.username).toBe('bob')
      const repaired = await shell.run('rollcall verify --repair user bob || echo "code $?"')
      expect(repaired).toMatch(/default\/user\/bob: in quarantine since seq 3.*\n(.*\n)*code 4/)
    })

    test('nothing is left that was to be run', () => {
      expect(blocks.filter((block) => !ran.has(block))).toEqual([])
      expect(blocks.length).toBeGreaterThan(8)
    })
  },
)
