import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { run } from './support.ts'

const MAIN = new URL('../../dist/cli/main.js', import.meta.url).pathname
const NOBODY = 65_534

let folder: string
const at = (...path: string[]) => join(folder, ...path)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-trouble-'))
  await chmod(folder, 0o755)
  await mkdir(at('closed'), { mode: 0o555 })
  await writeFile(at('file'), '')
  expect((await run('seed', '--users', '3', '--data', at('data'))).code).toBe(EXIT.ok)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const STACK = /^ {4}at /m

describe('what the system refuses is a sentence', () => {
  test.each([
    [['serve'], 'file', 'there is a file of that name already'],
    [['seed'], 'file', 'there is a file of that name already'],
    [['seed'], 'file/data', 'a file stands where a folder is needed'],
    [['export'], 'file', 'a file stands where a folder is needed'],
    [['verify'], 'file/data', 'a file stands where a folder is needed'],
    [['backup', 'x'], 'file', 'a file stands where a folder is needed'],
  ])('%j over %s', async (args, data, message) => {
    const { code, noted } = await run(...args, '--data', at(data))
    expect(noted).toContain(at(data))
    expect(noted).toContain(`: ${message}`)
    expect(noted).not.toMatch(STACK)
    expect(code).toBe(EXIT.usage)
  })

  test.each([
    ['.', 'a folder stands where a file is needed', EXIT.usage],
    ['nowhere/out.ndjson', 'it is not there, or its folder is not', EXIT.usage],
    ['/dev/full', 'the disk is full', EXIT.unavailable],
  ])('export --output %s', async (output, message, wanted) => {
    const file = resolve(folder, output)
    const { code, noted } = await run('export', '--data', at('data'), '--output', file)
    expect(noted).toContain(`${file}: ${message}`)
    expect(noted).not.toMatch(STACK)
    expect(code).toBe(wanted)
  })

  test('a log that is none', async () => {
    await mkdir(at('other'))
    const { DatabaseSync } = await import('node:sqlite')
    const other = new DatabaseSync(at('other', 'log.sqlite'))
    other.exec('CREATE TABLE t (x)')
    other.close()
    for (const command of ['serve', 'verify', 'export']) {
      const { code, noted } = await run(command, '--data', at('other'))
      expect(noted).toContain(`${at('other', 'log.sqlite')} is no rollcall log`)
      expect(noted).not.toMatch(STACK)
      expect(code).toBe(EXIT.unavailable)
    }
  })
})

const isRoot = process.getuid?.() === 0
const other = isRoot ? { uid: NOBODY, gid: NOBODY } : {}

/** Runs the command as a user who is not root. */
async function asOther(args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'pipe'], ...other })
  let noted = ''
  child.stderr?.on('data', (chunk) => (noted += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, noted }
}

/** Where this project lies in a folder that is root's alone, nobody else can run it. */
const canRun = spawnSync(process.execPath, [MAIN, '--version'], other).status === EXIT.ok

describe.runIf(canRun)('where this user may not write', () => {
  test.each([['serve'], ['seed'], ['import', 'file']])('%s', async (...args) => {
    const named = args.map((arg) => (arg === 'file' ? at(arg) : arg))
    for (const data of ['closed', 'closed/data']) {
      const { code, noted } = await asOther([...named, '--data', at(data)])
      expect(noted).toContain(at(data))
      expect(noted).toContain(': this user may not read it, or write there')
      expect(noted).not.toMatch(STACK)
      expect(code).toBe(EXIT.unavailable)
    }
  })

  test.runIf(isRoot)('a log of another is not said to be missing', async () => {
    for (const args of [['backup', at('monday')], ['export'], ['verify'], ['audit'], ['views', 'list']]) {
      expect(await asOther([...args, '--data', at('data')])).toEqual({
        code: EXIT.unavailable,
        noted: `${at('data', 'log.sqlite')}: this user may not read it, or write there\n`,
      })
    }
  })
})

test('an output that is full ends the command, and says so', async () => {
  for (const args of [['export'], ['audit'], ['--help']]) {
    const full = await open('/dev/full', 'w')
    const child = spawn(process.execPath, [MAIN, ...args], {
      stdio: ['ignore', full.fd, 'pipe'],
      env: { ...process.env, ROLLCALL_DATA: at('data') },
    })
    let noted = ''
    child.stderr?.on('data', (chunk) => (noted += chunk))
    expect(await once(child, 'close')).toEqual([EXIT.unavailable, null])
    await full.close()
    expect(noted).toContain('Standard output: the disk is full')
    expect(noted).not.toMatch(STACK)
  }
})
