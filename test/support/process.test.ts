import { expect, test } from 'vitest'
import { rollcall } from './process.ts'

test('a command is killed by a signal that was given before it began', async () => {
  expect(await rollcall(['--version'], {}, AbortSignal.abort())).toMatchObject({ code: null })
})
