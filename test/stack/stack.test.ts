import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hasJava } from '../../stack/engines/java.ts'
import { Client, CREATE_USER, USER } from '../support/client.ts'
import { Follower } from '../support/follower.ts'
import { RunningStack, readPage, shell, untilGone } from './RunningStack.ts'

const WHOLE = /^Commands: .+$/m
const isThere = hasJava() || process.env.ROLLCALL_REQUIRE_ENGINES === '1'

describe.skipIf(!isThere)('npm run stack', { timeout: 240_000 }, () => {
  test('tells where everything is, is broken as the page says, and leaves nothing', async () => {
    const stack = new RunningStack(['--port', '0'])
    await stack.hear(WHOLE)
    const page = stack.said
    const { gateways, operatorKey, parts, env, pid } = readPage(page)
    expect(parts.map(({ name }) => name)).toEqual([
      'dynamodb',
      'kinesis',
      'postgres',
      'gateway-1',
      'gateway-2',
      'relay',
      'synchroniser',
      'transform',
    ])
    for (const url of gateways) {
      expect(page).toContain(`${url}/playground`)
      for (const path of ['playground', 'metrics', 'readyz'])
        expect((await fetch(`${url}/${path}`)).status).toBe(200)
    }

    const [, lines = ''] = /^( {2}\. .+\n {2}TOKEN.+\n.+TOKEN)$/m.exec(page) ?? []
    expect(await shell(lines)).toContain('"username":"ada"')

    const [here, there] = gateways.map((url) => new Client(url, operatorKey)) as [Client, Client]
    const follower = new Follower(gateways[1] ?? '', operatorKey)
    await follower.untilCaughtUp()
    const writeHereReadThere = async (username: string) => {
      const { createUser } = await here.ask(CREATE_USER, { input: { username } })
      const { user } = await there.ask(USER, { id: createUser.user.id, atLeast: createUser.token })
      expect(user.username).toBe(username)
      for (;;) if ((await follower.nextChange()).event.username === username) return
    }
    await writeHereReadThere('grace')
    await stack.type('pause relay', /relay \(\d+\) stands still/)
    await writeHereReadThere('while-the-relay-stands-still')
    await stack.type('resume relay', /relay \(\d+\) goes on/)

    const [, kill = ''] = /^ {2}kill gateway-1 +(kill -9 \d+)$/m.exec(page) ?? []
    await shell(kill)
    await stack.hear(/gateway-1 has ended \(SIGKILL\)/)
    const [, again] = await stack.type('start gateway-1', /gateway-1 \((\d+)\) is up/)
    expect(Number(again)).not.toBe(pid('gateway-1'))
    await writeHereReadThere('after-the-kill')
    await follower.close()

    await stack.type('stop gateway-3', /There is no part "gateway-3"; there are dynamodb, .+, gateway-2/)
    await stack.type('pause postgres', /postgres is many processes/)
    await stack.type('start relay', /relay is there already/)
    await stack.type('explode', /^Commands: /m)

    stack.process.kill('SIGINT')
    expect(await stack.ended()).toBe(0)
    await untilGone([...parts, { name: 'gateway-1', pid: Number(again), place: '' }], dirname(env))
  })

  test('killed with -9 it leaves no process; what was to be kept is there the next time', async () => {
    const data = await mkdtemp(join(tmpdir(), 'rollcall-kept-'))
    onTestFinished(() => rm(data, { recursive: true, force: true }))
    const first = new RunningStack(['--port', '0', '--gateways', '1', '--data', data])
    await first.hear(WHOLE)
    const before = readPage(first.said)
    const client = new Client(before.gateways[0] ?? '', before.operatorKey)
    const { createUser } = await client.ask(CREATE_USER, { input: { username: 'kept' } })
    first.process.kill('SIGKILL')
    await first.ended()
    await untilGone(before.parts)

    const second = new RunningStack(['--port', '0', '--gateways', '1', '--data', data])
    await second.hear(WHOLE)
    const { gateways, operatorKey, parts } = readPage(second.said)
    const { user } = await new Client(gateways[0] ?? '', operatorKey).ask(USER, {
      id: createUser.user.id,
      atLeast: createUser.token,
    })
    expect(user.username).toBe('kept')
    second.process.stdin?.write('quit\n')
    expect(await second.ended()).toBe(0)
    await untilGone(parts)
    expect(existsSync(join(data, 'dynamodb'))).toBe(true)
  })
})

describe('what it cannot do, it says before it starts anything', () => {
  const refusal = async (args: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
    const stack = new RunningStack(args, environment)
    const code = await stack.ended()
    expect(stack.said).not.toContain('    at ')
    return { code, said: stack.said }
  }

  test('without Java', async () => {
    const { code, said } = await refusal([], { PATH: '/nowhere' })
    expect(code).toBe(3)
    expect(said).toContain('DynamoDB Local needs Java 17 or newer, and there is no java in the PATH')
    expect(said).toContain('apt-get install')
  })

  test.skipIf(!isThere)('where a port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    const { code, said } = await refusal(['--port', String(port)])
    expect(code).toBe(3)
    expect(said).toMatch(new RegExp(`Ports? ${port}.* of 127.0.0.1 (is|are) taken`))
  })

  test('with options that it does not know', async () => {
    expect(await refusal(['--demonstration'])).toMatchObject({
      code: 2,
      said: expect.stringContaining('Usage:'),
    })
    expect(await refusal(['--gateways', '0'])).toMatchObject({
      code: 2,
      said: expect.stringContaining('--gateways: must be a whole number from 1 to 16, but was 0'),
    })
    expect(await refusal(['--import', '/nowhere'])).toMatchObject({
      code: 2,
      said: expect.stringContaining('there is no file /nowhere'),
    })
  })
})
