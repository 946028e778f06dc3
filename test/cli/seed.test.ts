import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { run } from './support.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-seed-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const seed = (number: number) => run('seed', '--users', '300', '--seed', String(number), '--data', folder)

test('a second seed shares the names that are there, and the same seed does nothing twice', async () => {
  expect(await seed(1)).toMatchObject({ code: EXIT.ok, printed: expect.stringMatching(/ 0 bad$/) })
  const other = await seed(2)
  expect(other).toMatchObject({ code: EXIT.ok, noted: expect.not.stringContaining('TAKEN') })
  const [, applied, taken] =
    /^(\d+) lines applied, 0 had been applied before, 0 bad; (\d+) names were there before, and are shared$/.exec(
      other.printed,
    ) ?? []
  expect(Number(taken)).toBeGreaterThan(10)
  expect(await seed(2)).toMatchObject({
    code: EXIT.ok,
    printed: `0 lines applied, ${applied} had been applied before, 0 bad; ${taken} names were there before, and are shared`,
  })
})
