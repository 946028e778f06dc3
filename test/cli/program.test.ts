import { afterEach, describe, expect, test, vi } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { run } from './support.ts'

describe('rollcall', () => {
  afterEach(() => vi.unstubAllEnvs())

  test('--help lists every command, and the exit codes', async () => {
    const { code, printed } = await run('--help')
    expect(code).toBe(EXIT.ok)
    for (const command of [
      'serve',
      'synchronise',
      'import',
      'export',
      'seed',
      'verify',
      'audit',
      'follow',
      'copy',
      'epoch',
    ]) {
      expect(printed).toMatch(new RegExp(`^  ${command} `, 'm'))
    }
    expect(printed).toContain('Exit codes:')
  })

  test.each(['serve', 'synchronise', 'import', 'export', 'seed', 'verify', 'audit', 'follow', 'copy'])(
    '%s --help has examples and exit codes',
    async (command) => {
      const { code, printed } = await run(command, '--help')
      expect(code).toBe(EXIT.ok)
      expect(printed).toMatch(new RegExp(`Examples:\\n  .*rollcall ${command}`))
      for (const exitCode of Object.values(EXIT))
        expect(printed).toMatch(new RegExp(`^  ${exitCode}  \\w`, 'm'))
    },
  )

  test('--version prints the version', async () => {
    expect(await run('--version')).toMatchObject({
      code: EXIT.ok,
      printed: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    })
  })

  test.each(['backup', 'restore'])(
    '%s leaves the folder alone where the log is in DynamoDB',
    async (command) => {
      vi.stubEnv('ROLLCALL_LOG', 'dynamodb://local/rollcall')
      vi.stubEnv('ROLLCALL_VIEWS', 'postgres://u:p@127.0.0.1:1/r')
      const args = { backup: ['x'], restore: ['x'] }[command] ?? []
      const { code, noted } = await run(command, ...args)
      expect(code).toBe(EXIT.usage)
      expect(noted).toContain('ROLLCALL_LOG: this command works on a folder only')
    },
  )

  test.each([
    ['backup', /point-in-time recovery.*"rollcall copy" copies it to a folder/],
    ['restore', /point-in-time recovery.*goes into an empty table with "rollcall copy"/],
  ])('%s tells what there does what it does', async (command, told) => {
    vi.stubEnv('ROLLCALL_LOG', 'dynamodb://local/rollcall')
    vi.stubEnv('ROLLCALL_VIEWS', 'postgres://u:p@127.0.0.1:1/r')
    expect((await run(command, 'x')).noted).toMatch(told)
  })

  test('synchronise wants to know all that it stands between', async () => {
    vi.stubEnv('ROLLCALL_FEED', 'kinesis://local/events')
    expect(await run('synchronise')).toMatchObject({
      code: EXIT.usage,
      noted: expect.stringContaining('ROLLCALL_LOG, ROLLCALL_VIEWS and ROLLCALL_FEED'),
    })
  })

  test('serve wants a key that all gateways of a log have', async () => {
    vi.stubEnv('ROLLCALL_LOG', 'dynamodb://local/rollcall')
    vi.stubEnv('ROLLCALL_VIEWS', 'postgres://u:p@127.0.0.1:1/r')
    vi.stubEnv('ROLLCALL_OPERATOR_KEY', '')
    expect(await run('serve')).toMatchObject({
      code: EXIT.usage,
      noted: expect.stringContaining('ROLLCALL_OPERATOR_KEY: must be set'),
    })
  })

  test.each([
    [['fly'], "unknown command 'fly'"],
    [['serve', '--fast'], "unknown option '--fast'"],
    [['import'], "missing required argument 'file'"],
    [['seed', '--users', '0'], 'whole number from 1 to'],
    [['serve', '--port', 'http'], '--port: must be a whole number'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, noted } = await run(...args)
    expect(code).toBe(EXIT.usage)
    expect(noted).toContain(message)
  })
})
