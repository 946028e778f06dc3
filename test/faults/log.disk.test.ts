import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'
import { ann, appendOf, seqs, upTo, username } from '../conformance/eventLog/commits.ts'

const SCRIPT = fileURLToPath(new URL('./logFiller.ts', import.meta.url))

/** 2 MB, in the blocks of 512 bytes that POSIX gives to ulimit -f: every write past it fails, as on a full disk. */
const FULL_AT = 'ulimit -f 4096 && exec "$@"'

it.skipIf(process.platform === 'win32')(
  'rejects on a full disk, and loses nothing that it had acknowledged',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-full-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'log.db')
    const child = spawn('sh', ['-c', FULL_AT, 'sh', process.execPath, SCRIPT, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
    expect(code).toBe(0)
    const { acknowledged, failures } = JSON.parse(said) as { acknowledged: number; failures: string[] }
    expect(acknowledged).toBeGreaterThan(0)
    expect(failures).toEqual(['LogUnavailable', 'LogUnavailable'])

    const log = await openSqliteLog({ file })
    const events = await log.read(ann, 0, 1_000)
    expect(events.length).toBeGreaterThanOrEqual(acknowledged)
    expect(seqs(events)).toEqual(upTo(events.length))
    const next = await log.commit(appendOf(ann, events.length, username('there is room again')))
    expect(next).toMatchObject({ kind: 'committed', written: [[ann, events.length + 1]] })
    await log.close()
  },
)
