import { describe, expect, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { runProgram } from '../../src/cli/program.ts'
import { recordTerminal } from './support.ts'

async function run(...args: string[]) {
  const terminal = recordTerminal()
  const code = await runProgram(args, terminal)
  return { code, printed: terminal.printed.join('\n'), noted: terminal.noted.join('\n') }
}

describe('rollcall', () => {
  test('--help lists every command, and the exit codes', async () => {
    const { code, printed } = await run('--help')
    expect(code).toBe(EXIT.ok)
    for (const command of ['serve', 'import', 'export', 'seed', 'verify', 'audit']) {
      expect(printed).toMatch(new RegExp(`^  ${command} `, 'm'))
    }
    expect(printed).toContain('Exit codes:')
  })

  test.each(['serve', 'import', 'export', 'seed', 'verify', 'audit'])(
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
