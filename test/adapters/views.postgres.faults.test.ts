import pg from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../src/domain/events.ts'
import {
  openPostgresViewReader,
  openPostgresViewWatch,
  openPostgresViewWriter,
  type PostgresViews,
} from '../../src/views/postgres/index.ts'
import { journalSchema } from '../../src/views/postgres/names.ts'
import { generationOf } from '../../src/views/postgres/options.ts'
import { type ViewReader, ViewsUnavailable } from '../../src/views/ViewStore.ts'
import { fullName, username } from '../conformance/viewStore/events.ts'
import { Scribe } from '../conformance/viewStore/Scribe.ts'
import { freshEpoch, postgresOrSkip } from '../support/postgres.ts'
import { runSql } from '../support/sql.ts'

// With fsync: what was acknowledged is to be there after a kill.
const postgres = await postgresOrSkip([])

const freshViews = (): PostgresViews => ({ url: postgres?.url ?? '', epoch: freshEpoch() })

describe.skipIf(postgres === null)('PostgreSQL that fails', () => {
  const open: { close(): Promise<unknown> }[] = []
  afterEach(() => Promise.all(open.splice(0).map((one) => one.close())))

  const opened = <One extends { close(): Promise<unknown> }>(one: One): One => {
    open.push(one)
    return one
  }
  const nameOf = async (reader: ViewReader, id: string) => (await reader.users('acme', [id]))[0]?.username

  test('killed and started again: calls reject as trouble that may pass, and then all is well', async () => {
    const views = freshViews()
    const writer = opened(await openPostgresViewWriter(views))
    const reader = opened(await openPostgresViewReader(views))
    const watch = opened(await openPostgresViewWatch({ ...views, pollMs: 50 }))
    const scribe = new Scribe('acme')
    await writer.apply(scribe.record(username('u', 'ann')))
    // Connections that have prepared statements, and are idle when it dies.
    expect(await Promise.all([1, 2, 3].map(() => nameOf(reader, 'u')))).toEqual(['ann', 'ann', 'ann'])

    await postgres?.kill()
    const renamed = scribe.record(username('u', 'bob'))
    await expect(writer.apply(renamed)).rejects.toBeInstanceOf(ViewsUnavailable)
    await expect(reader.users('acme', ['u'])).rejects.toBeInstanceOf(ViewsUnavailable)
    await expect(reader.position()).rejects.toBeInstanceOf(ViewsUnavailable)
    await expect(openPostgresViewReader(views)).rejects.toBeInstanceOf(ViewsUnavailable)

    await postgres?.start()
    expect(await writer.apply(renamed)).toMatchObject({ applied: 1, position: 2 })
    expect(await nameOf(reader, 'u')).toBe('bob')
    await expect.poll(() => watch.position).toBe(2)
  })

  test('killed while batches are applied: each is there whole or not at all, and is applied once', async () => {
    const views = freshViews()
    const writer = opened(await openPostgresViewWriter(views))
    const scribe = new Scribe('acme')
    const batches: (readonly RecordedEvent[])[] = []
    let done = 0
    const working = (async () => {
      for (; ; done++) {
        const batch = scribe.record(username('u', `n${done}`), fullName('u', `N${done}`))
        batches.push(batch)
        await writer.apply(batch)
      }
    })()
    working.catch(() => {})
    await expect.poll(() => done).toBeGreaterThan(10)
    await postgres?.kill()
    await expect(working).rejects.toBeInstanceOf(ViewsUnavailable)
    await postgres?.start()

    const reader = opened(await openPostgresViewReader(views))
    const position = await reader.position()
    expect([done * 2, done * 2 + 2]).toContain(position)
    const again = await writer.apply(batches.flat())
    const all = batches.length * 2
    expect(again).toMatchObject({ applied: all - position, duplicates: position, position: all })
    expect((await reader.users('acme', ['u']))[0]).toMatchObject({ username: `n${done}`, name: `N${done}` })
  })

  test('a writer that stops in the middle of its work does not hold up others for ever', async () => {
    const views = { ...freshViews(), statementTimeoutMs: 500 }
    // By the patient one they are made.
    const writer = opened(await openPostgresViewWriter({ ...views, statementTimeoutMs: 10_000 }))
    const stuck = opened(await openPostgresViewWriter(views))
    const [locked, going] = [Promise.withResolvers<void>(), Promise.withResolvers<[]>()]
    const entity = { kind: 'user', tenant: 'acme', id: 'u' } as const
    const rebuilding = stuck.rebuild(entity, () => {
      locked.resolve()
      return going.promise
    })
    await locked.promise
    expect(await writer.apply(new Scribe('acme').record(username('u', 'ann')))).toMatchObject({ applied: 1 })
    going.resolve([])
    await expect(rebuilding).rejects.toBeInstanceOf(ViewsUnavailable)
  })

  test('what moved is heard of, and whose it was', async () => {
    const views = freshViews()
    const writer = opened(await openPostgresViewWriter(views))
    const watch = opened(await openPostgresViewWatch({ ...views, pollMs: 60_000 }))
    const positions = { last: 0 }
    const [acme, beta] = [new Scribe('acme', positions), new Scribe('beta', positions)]
    const heard: (readonly [number, readonly string[] | null])[] = []
    watch.onMoved((position, tenants) => heard.push([position, tenants && [...tenants]]))
    await writer.apply(acme.record(username('u', 'ann')))
    await writer.apply([...beta.record(username('u', 'bob')), ...acme.record(username('v', 'cid'))])
    await expect
      .poll(() => heard)
      .toEqual([
        [1, ['acme']],
        [3, ['beta', 'acme']],
      ])
  })

  test('a notification that is lost is made up for', async () => {
    const views = freshViews()
    const writer = opened(await openPostgresViewWriter(views))
    const watch = opened(await openPostgresViewWatch({ ...views, pollMs: 20 }))
    const heard: (readonly string[] | null)[] = []
    watch.onMoved((_, tenants) => heard.push(tenants && [...tenants]))
    const elsewhere = new pg.Client(postgres?.url)
    await elsewhere.connect()
    // As one transaction: nobody is to see the one without the other.
    await elsewhere.query(
      `UPDATE ${journalSchema(views.epoch)}.journal_head SET position = 7;
       UPDATE ${generationOf(views)}.progress SET batch = batch + 1, position = 7`,
    )
    await elsewhere.end()
    await expect.poll(() => watch.position).toBe(7)
    expect(heard).toEqual([null])
    await writer.close()
  })

  test.each([
    ['without a payload', ''],
    ['that is no JSON', ", 'hello'"],
    ['that says something else', `, '{"batch":9}'`],
    ['that is not whole', ", '[9,9]'"],
    ['of numbers that are none', `, '["9",null,null]'`],
    ['of tenants that are none', ", '[9,9,[7]]'"],
  ])('a notification %s, from whomever, makes it look', async (_, payload) => {
    const views = freshViews()
    const writer = opened(await openPostgresViewWriter(views))
    const watch = opened(await openPostgresViewWatch({ ...views, pollMs: 60_000 }))
    const generation = generationOf(views)
    await runSql(
      views.url,
      `UPDATE ${journalSchema(views.epoch)}.journal_head SET position = 7`,
      `UPDATE ${generation}.progress SET batch = batch + 1, position = 7`,
      `NOTIFY ${generation}${payload}`,
    )
    await expect.poll(() => watch.position).toBe(7)
    await writer.apply(new Scribe('acme').record(username('u', 'ann')))
    await expect.poll(() => watch.position).toBe(8)
  })

  test('errors tell no secret, no statement and no value', async () => {
    const views = freshViews()
    const secret = 'hunter2'
    const wrong = { ...views, url: views.url.replace('rollcall:rollcall', `rollcall:${secret}`) }
    for (const url of [
      wrong.url,
      `http://x:${secret}@y`,
      `postgres://x:${secret}@`,
      'postgres://127.0.0.1:1/x',
    ]) {
      const error: Error = await openPostgresViewReader({ ...views, url }).catch((reason) => reason)
      expect(`${error.message} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain(secret)
      expect(error.message).not.toMatch(/SELECT|INSERT/)
    }
  })

  test('requests of one turn share a statement, and an answer that fails is told to each', async () => {
    let statements = 0
    const views = freshViews()
    const writer = opened(await openPostgresViewWriter(views))
    const reader = opened(
      await openPostgresViewReader({
        ...views,
        onStatement: () => {
          statements += 1
        },
      }),
    )
    await writer.apply(new Scribe('acme').record(username('u1', 'ann'), username('u2', 'bob')))
    await nameOf(reader, 'u1')
    statements = 0
    const asked = ['u1', 'u2', 'u1', 'nobody', 'u2']
    const names = await Promise.all(asked.map((id) => nameOf(reader, id)))
    expect(names).toEqual(['ann', 'bob', 'ann', undefined, 'bob'])
    expect(statements).toBe(1)
    await reader.close()
    const failed = await Promise.allSettled(asked.map((id) => nameOf(reader, id)))
    expect(failed.map(({ status }) => status)).toEqual(asked.map(() => 'rejected'))
  })
})
