import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { Client, CREATE_USER, USER } from '../support/client.ts'
import { hasSharedEngines, newLog } from '../support/engines.ts'
import { type Finished, rollcall, serveReady } from '../support/process.ts'

const KEY = 'operator-of-all-gateways'

const usernamesIn = ({ stdout }: Finished): ReadonlySet<string> =>
  new Set(
    stdout
      .split('\n')
      .filter((line) => line.includes('"createUser"'))
      .map((line) => (JSON.parse(line) as { username: string }).username),
  )

test.skipIf(!hasSharedEngines)(
  'processes over DynamoDB and PostgreSQL: a demo, seeds, exports, a gateway that is killed',
  { timeout: 120_000 },
  async () => {
    const log = await newLog()
    const environment = { ...log, ROLLCALL_OPERATOR_KEY: KEY, ROLLCALL_DATA: '/nowhere' }
    const seeded = await rollcall(['seed', '--users', '40'], environment)
    expect(seeded).toMatchObject({ code: EXIT.ok, stderr: expect.not.stringContaining('Error') })
    const [one, other] = await Promise.all([serveReady(environment, ['--demo']), serveReady(environment)])
    expect(one.greeting).toContain('with its data in the table rollcall-')
    expect(one.greeting).not.toContain('Filled the empty directory')

    const { createUser } = await new Client(one.url, KEY).ask(CREATE_USER, { input: { username: 'zelda' } })
    await one.kill('SIGKILL')
    const client = new Client(other.url, KEY)
    const { user } = await client.ask(USER, { id: createUser.user.id, atLeast: createUser.token })
    expect(user.username).toBe('zelda')

    const exported = await rollcall(['export'], environment)
    expect(exported.code).toBe(EXIT.ok)
    expect(usernamesIn(exported)).toContain('zelda')
    expect(usernamesIn(exported).size).toBeGreaterThan(40)
    expect(await rollcall(['verify'], environment)).toMatchObject({
      code: EXIT.ok,
      stdout: expect.stringContaining('No problems'),
    })
    const audited = await rollcall(['audit', '--user', 'zelda'], environment)
    expect(audited).toMatchObject({ code: EXIT.ok, stdout: expect.stringContaining('username "zelda"') })
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-home-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const home = ['copy', '--from', log.ROLLCALL_LOG ?? '', '--to', join(folder, 'home')]
    expect(await rollcall([...home, '--finish'])).toMatchObject({ code: EXIT.ok })

    const ended = once(other.child, 'exit')
    other.child.kill('SIGTERM')
    expect(await ended).toEqual([EXIT.ok, null])
  },
)

test.skipIf(!hasSharedEngines)('a table that is not there is told of, with who makes it', async () => {
  const log = await newLog()
  const environment = { ...log, ROLLCALL_LOG: (log.ROLLCALL_LOG ?? '').replace('rollcall-', 'missing-') }
  const { code, stderr } = await rollcall(['serve'], { ...environment, ROLLCALL_OPERATOR_KEY: KEY })
  expect(code).toBe(EXIT.unavailable)
  expect(stderr).toContain('There is no table missing-')
  expect(stderr).not.toContain('    at ')
})
