import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { TENANTS_STREAM } from '../../src/domain/streams.ts'
import type { LogCommit } from '../../src/log/EventLog.ts'
import type { LogProblem } from '../../src/log/LogProblem.ts'
import { openSqliteStoredLog } from '../../src/log/sqlite/copy/SqliteStoredLog.ts'
import { checkIntegrity } from '../../src/log/sqlite/integrity/checkIntegrity.ts'
import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'
import { checkStoredIntegrity } from '../../src/log/storedIntegrity.ts'
import {
  ann,
  append,
  asNewerRelease,
  claimOf,
  commitOf,
  photo,
  TENANT,
  username,
} from '../conformance/eventLog/commits.ts'

type Check = (file: string) => Promise<readonly LogProblem[]>

/** The one that SQLite has of its own, and the one for any engine. */
const CHECKS: readonly (readonly [string, Check])[] = [
  ['SQLite', async (file) => [...checkIntegrity({ file })].flatMap(({ problems }) => problems)],
  [
    'a stored log',
    async (file) => {
      const log = await openSqliteStoredLog({ file })
      onTestFinished(() => log.close())
      const found: LogProblem[] = []
      for await (const { problems } of checkStoredIntegrity(log)) found.push(...problems)
      return found
    },
  ],
]

const made = commitOf({
  appends: [
    append(TENANTS_STREAM, 0, { type: 'SetTenant', tenantId: TENANT, name: 'Acme' }),
    append(ann, 0, username('Ann')),
  ],
  claims: [claimOf(TENANT, TENANT, 'tenant'), claimOf('ann', 'ann')],
})
/** In both streams there is then an event of which this release does not know what it says. */
const newer = commitOf({
  appends: [append(TENANTS_STREAM, 1, photo('acme.png')), append(ann, 1, photo('ann.png'))],
})
const strangers = commitOf({ claims: [claimOf('other', 'other', 'tenant', 'other'), claimOf('eve', 'eve')] })

async function newFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-log-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'log.sqlite')
}

async function write(file: string, ...commits: readonly LogCommit[]): Promise<void> {
  const log = await openSqliteLog({ file })
  for (const commit of commits) expect(await log.commit(commit)).toMatchObject({ kind: 'committed' })
  await log.close()
}

describe.each(CHECKS)('the check of %s', (_, check) => {
  it('finds nothing where names are claimed by who has them', async () => {
    const file = await newFile()
    await write(file, made)
    expect(await check(file)).toEqual([])
  })

  it('finds names that are claimed by who does not have them', async () => {
    const file = await newFile()
    await write(file, made, strangers)
    expect(await check(file)).toMatchObject([
      { kind: 'CLAIM_WITHOUT_OWNER', message: expect.stringContaining('the username "eve" of acme') },
      { kind: 'CLAIM_WITHOUT_OWNER', message: expect.stringContaining('the tenant "other" of other') },
    ])
  })

  it('says nothing of names where a newer release has written what this one does not know', async () => {
    const file = await newFile()
    await write(file, made)
    await asNewerRelease(() => write(file, newer))
    expect(await check(file)).toEqual([])
  })
})
