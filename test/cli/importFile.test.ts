import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { run } from './support.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-import-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const lineOf = (username: string): string =>
  JSON.stringify({
    at: '2026-01-01T00:00:00Z',
    change: 'c',
    tenant: 'default',
    op: 'createUser',
    username,
    // Does not compress.
    attributes: { note: randomUUID() },
  })

const textOf = (count: number): string =>
  Array.from({ length: count }, (_, n) => `${lineOf(`user-${n}`)}\n`).join('')

async function importOf(name: string, content: string | Buffer) {
  const file = join(folder, name)
  await writeFile(file, content)
  return run('import', file, '--data', join(folder, 'data'))
}

const applied = (printed: string): number => Number(/^(\d+) applied/.exec(printed)?.[1])

describe('a file that breaks off', () => {
  test.each([
    ['has nothing in it', '', /the gzipped data has no end/],
    ['is no gzip file', 'hello\n', /not gzipped, or damaged: incorrect header check/],
    ['is cut in its first bytes', gzipSync(textOf(3)).subarray(0, 5), /the gzipped data has no end/],
  ])('a .gz that %s is told without a stack', async (_what, content, reason) => {
    const { code, noted } = await importOf('people.ndjson.gz', content)
    expect(code).toBe(EXIT.badInput)
    expect(noted).toMatch(reason)
    expect(noted).toContain('breaks off after line 0')
    expect(noted).not.toMatch(/^ {4}at /m)
  })

  test.each([20, 6_000])('a .gz of %i lines that is cut gives the lines before the cut', async (count) => {
    const whole = gzipSync(textOf(count))
    const cut = await importOf('cut.ndjson.gz', whole.subarray(0, Math.floor(whole.length * 0.9)))
    expect(cut.code).toBe(EXIT.badInput)
    expect(applied(cut.printed)).toBeGreaterThan(count * 0.8)
    expect(applied(cut.printed)).toBeLessThan(count)
    expect(cut.noted).toContain(`breaks off after line ${applied(cut.printed)}: the gzipped data has no end`)

    const mended = await importOf('whole.ndjson.gz', whole)
    expect([mended.code, mended.printed]).toEqual([
      EXIT.ok,
      `${count - applied(cut.printed)} applied, ${applied(cut.printed)} had been applied before, 0 bad`,
    ])
  })

  test('a .gz that is damaged in the middle gives the lines before', async () => {
    const damaged = gzipSync(textOf(6_000))
    damaged.fill(0xff, Math.floor(damaged.length / 2))
    const { code, printed, noted } = await importOf('people.ndjson.gz', damaged)
    expect(code).toBe(EXIT.badInput)
    expect(applied(printed)).toBeGreaterThan(2_500)
    expect(noted).toMatch(/breaks off after line \d+: the/)
  })
})

test('gzipped data is known without its ending, also where it stands in several members', async () => {
  const content = Buffer.concat([gzipSync(`${lineOf('ada')}\n`), gzipSync(`${lineOf('grace')}\n`)])
  expect(await importOf('people', content)).toMatchObject({
    code: EXIT.ok,
    printed: expect.stringMatching(/^2 applied/),
  })
})

test('a byte order mark, line ends of Windows, separators in a text and a last line without its end are no matter', async () => {
  const text = `\ufeff${lineOf('ada')}\r\n\r\n${lineOf('grace').replace('"note":"', '"note":"\u2028')}`
  expect(await importOf('people.ndjson', text)).toMatchObject({
    code: EXIT.ok,
    printed: expect.stringMatching(/^2 applied/),
  })
})

test('a folder is no file', async () => {
  expect(await run('import', folder, '--data', join(folder, 'data'))).toMatchObject({
    code: EXIT.usage,
    noted: expect.stringContaining(`${folder}: cannot be read: it is a folder`),
  })
})

test.each([
  ['plain', (text: string) => Buffer.from(text)],
  ['gzipped', (text: string) => gzipSync(text)],
])('- is standard input, %s', (_how, encode) => {
  const main = new URL('../../dist/cli/main.js', import.meta.url).pathname
  const args = [main, 'import', '-', '--data', join(folder, 'data')]
  expect(String(execFileSync(process.execPath, args, { input: encode(textOf(20)), stdio: 'pipe' }))).toMatch(
    /^20 applied/,
  )
})
