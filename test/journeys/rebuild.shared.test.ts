import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { onGenerationSite } from '../../src/cli/run/onGenerationSite.ts'
import { generationSchema, journalSchema } from '../../src/views/postgres/names.ts'
import { hasSharedEngines, newLog } from '../support/engines.ts'
import { amissIn } from '../support/generations.ts'
import { rollcall, start } from '../support/process.ts'
import { configOf } from '../support/server.ts'

describe.skipIf(!hasSharedEngines)('a rebuild in PostgreSQL, without a server', { timeout: 120_000 }, () => {
  let environment: Readonly<Record<string, string>>
  let db: pg.Client
  let journal: string
  let users: string
  beforeEach(async () => {
    environment = await newLog()
    expect(await rollcall(['seed', '--users', '25'], environment)).toMatchObject({ code: 0 })
    db = new pg.Client(environment.ROLLCALL_VIEWS)
    await db.connect()
    const epoch = await onGenerationSite(configOf(environment), async ({ log }) => log.epoch)
    journal = journalSchema(epoch)
    users = `${generationSchema(epoch, undefined, 2)}.users`
  })
  afterEach(() => db.end())

  const views = (...args: string[]) => rollcall(['views', ...args], environment)
  const list = async () => (await views('list')).stdout
  const hasUsers = async () => {
    const { rows } = await db.query('SELECT to_regclass($1) AS name', [users])
    if (rows[0]?.name === null) return false
    return (await db.query(`SELECT FROM ${users} LIMIT 1`)).rowCount === 1
  }

  test('killed half-way and run again, it goes on and ends whole', async () => {
    await onGenerationSite(configOf(environment), async ({ generations }) => void (await generations.begin()))
    // However quick it is, it cannot say that it is done.
    const holding = new pg.Client(environment.ROLLCALL_VIEWS)
    await holding.connect()
    await holding.query('BEGIN')
    await holding.query(`SELECT FROM ${journal}.generations FOR UPDATE`)
    const child = start(['views', 'rebuild'], environment)
    const closed = new Promise((resolve) => child.once('close', resolve))
    await expect.poll(hasUsers, { timeout: 30_000 }).toBe(true)
    child.kill('SIGKILL')
    await closed
    await holding.end()
    expect(await list()).toMatch(/^1 .*, serves\n2 .*unfinished/)
    expect(await views('serve', '2')).toMatchObject({ code: 2 })

    expect(await views('rebuild')).toMatchObject({ code: 0 })
    expect(await list()).toMatch(/^1 .*\n2 .*, serves\n$/)
    expect(await amissIn({ environment }, 2)).toEqual([])
  })

  test('two at once build one', async () => {
    const codes = (await Promise.all([views('rebuild'), views('rebuild')])).map(({ code }) => code)
    expect(codes).toEqual([0, 0])
    expect(await list()).toContain(', serves')
    expect(await list()).not.toMatch(/^1 .*, serves/)
  })

  test('what the log does not say is not served', async () => {
    await onGenerationSite(configOf(environment), async ({ generations, open }) => {
      const parts = await open(await generations.begin())
      await parts.level()
      await parts.close()
    })
    await db.query(`UPDATE ${users} SET username = 'mallory' WHERE num = (SELECT max(num) FROM ${users})`)
    const { code, stdout } = await views('rebuild')
    expect([code, stdout]).toEqual([4, expect.stringContaining('mallory')])
    expect(await list()).toMatch(/^1 .*, serves\n$/)
  })
})
