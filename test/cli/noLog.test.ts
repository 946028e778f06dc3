import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { run } from './support.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-nolog-'))
  await mkdir(join(folder, 'empty'))
  await writeFile(join(folder, 'people.ndjson'), '')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Everything that only reads, or works on a log that is there. */
const READERS = [
  ['export'],
  ['import', '--dry-run', 'people.ndjson'],
  ['verify'],
  ['verify', '--repair', 'user', 'u1'],
  ['audit'],
  ['backup', 'monday'],
  ['views', 'list'],
  ['views', 'rebuild'],
  ['views', 'serve', '1'],
  ['views', 'drop', '1'],
]

const inFolder = (arg: string) => (['people.ndjson', 'monday'].includes(arg) ? join(folder, arg) : arg)

test.each(READERS.map((args) => ({ command: args.join(' '), args })))(
  '$command makes no log where there is none',
  async ({ args }) => {
    for (const data of ['typo', 'empty']) {
      const { code, noted } = await run(...args.map(inFolder), '--data', join(folder, data))
      expect(code).toBe(EXIT.unavailable)
      expect(noted).toContain(`There is no log in ${join(folder, data)}: `)
    }
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(['empty', 'people.ndjson'])
  },
)

test('copy makes no log where it is to read one', async () => {
  const [from, to] = [join(folder, 'typo'), join(folder, 'to')]
  expect(await run('copy', '--from', from, '--to', to)).toMatchObject({
    code: EXIT.unavailable,
    noted: expect.stringContaining(`There is no log in ${from}: `),
  })
  expect((await readdir(folder, { recursive: true })).sort()).toEqual(['empty', 'people.ndjson'])
})
