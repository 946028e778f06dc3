import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { run } from '../cli/support.ts'
import { hasSharedEngines, newLog } from '../support/engines.ts'
import { boundedHistory, hasHistory } from '../support/history.ts'
import { contentsOf } from '../support/storedLog.ts'

async function rollcall(...args: string[]): Promise<void> {
  expect(await run(...args)).toMatchObject({ code: EXIT.ok })
}

/** Beside `npm test`, for its time. */
test.skipIf(!hasSharedEngines || !hasHistory)(
  `the history of a real organisation is the same after DynamoDB and back, event for event${hasHistory ? '' : ': it is not on this machine'}`,
  { timeout: 1_800_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-moving-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const at = (name: string) => join(folder, name)
    const table = (await newLog()).ROLLCALL_LOG ?? ''
    await writeFile(at('history.ndjson'), boundedHistory().lines.join('\n'))
    await rollcall('import', at('history.ndjson'), '--data', at('from'))
    await rollcall('copy', '--from', at('from'), '--to', table, '--finish')
    await rollcall('copy', '--from', table, '--to', at('back'), '--finish')
    expect(await contentsOf(at('back'))).toEqual(await contentsOf(at('from')))
  },
)
