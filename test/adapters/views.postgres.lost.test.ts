import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  openPostgresJournal,
  openPostgresViewWatch,
  openPostgresViewWriter,
  type PostgresViews,
} from '../../src/views/postgres/index.ts'
import { generationSchema, journalSchema } from '../../src/views/postgres/names.ts'
import { ViewsLost, type ViewWatch, type ViewWriter } from '../../src/views/ViewStore.ts'
import { username } from '../conformance/viewStore/events.ts'
import { Scribe } from '../conformance/viewStore/Scribe.ts'
import { freshEpoch, postgresOrSkip } from '../support/postgres.ts'
import { dropSchemas, runSql } from '../support/sql.ts'

const postgres = await postgresOrSkip()

describe.skipIf(postgres === null)('views in PostgreSQL that are lost under a watch', () => {
  let views: PostgresViews
  let writer: ViewWriter
  let scribe: Scribe
  const open: { close(): Promise<unknown> }[] = []
  const opened = <One extends { close(): Promise<unknown> }>(one: One): One => {
    open.push(one)
    return one
  }
  beforeEach(async () => {
    views = { url: postgres?.url ?? '', epoch: freshEpoch() }
    writer = opened(await openPostgresViewWriter(views))
    scribe = new Scribe('acme')
    await writer.apply(scribe.record(username('u', 'ann'), username('v', 'bob')))
  })
  afterEach(() => Promise.all(open.splice(0).map((one) => one.close())))

  const watching = async (journal?: string): Promise<ViewWatch> =>
    opened(await openPostgresViewWatch({ ...views, pollMs: 20, ...(journal && { journal }) }))
  const epoch = async (): Promise<string> => {
    const journal = await openPostgresJournal(views)
    await journal.close()
    return journal.epoch
  }
  const lossOf = async ({ lost }: ViewWatch): Promise<ViewsLost> => {
    if (!lost.aborted) await once(lost, 'abort')
    expect(lost.reason).toBeInstanceOf(ViewsLost)
    return lost.reason
  }

  test('what is there all along, and grows, is not lost', async () => {
    const watch = await watching()
    for (let i = 0; i < 20; i++) await writer.apply(scribe.record(username('u', `n${i}`)))
    await expect.poll(() => watch.position).toBe(22)
    expect(watch.lost.aborted).toBe(false)
  })

  test('gone, before anybody has made them anew', async () => {
    const watch = await watching()
    await dropSchemas(views.url, views.epoch)
    expect((await lossOf(watch)).message).toBe('The views are gone from PostgreSQL')
  })

  test('made anew between two looks, and fuller than they were', async () => {
    const before = await epoch()
    const watch = await watching(before)
    await runSql(views.url, `UPDATE ${journalSchema(views.epoch)}.journal_head SET epoch = DEFAULT`)
    await writer.apply(scribe.record(username('w', 'cid')))
    await lossOf(watch)
    expect(watch.position).toBeLessThan(4)
  })

  test('of another journal from the start', async () => {
    await lossOf(await watching('00000000-0000-4000-8000-000000000000'))
  })

  test('a generation alone, made anew beside its journal', async () => {
    const watch = await watching()
    await runSql(views.url, `UPDATE ${generationSchema(views.epoch)}.progress SET batch = 0, position = 0`)
    await lossOf(watch)
  })

  test('put back to an earlier time: the journal gets another epoch, since it will go on otherwise', async () => {
    const before = await epoch()
    const watches = [await watching(), await watching()]
    await runSql(
      views.url,
      `UPDATE ${journalSchema(views.epoch)}.journal_head SET position = 1;
       UPDATE ${generationSchema(views.epoch)}.progress SET position = 1`,
    )
    const losses = await Promise.all(watches.map(lossOf))
    expect(losses.map(({ message }) => message)).toContain(
      'The views in PostgreSQL were put back to an earlier time: their journal had 2 entries, and now has 1',
    )
    expect(await epoch()).not.toBe(before)
  })

  /** As of a put-back: the newest entry is gone. */
  const takenBack = () => {
    const journal = journalSchema(views.epoch)
    return `DELETE FROM ${journal}.journal WHERE position = 2;
      UPDATE ${journal}.journal_head SET position = 1, previous = 0`
  }
  const entered = (position: number, stream: string) => {
    const journal = journalSchema(views.epoch)
    return `INSERT INTO ${journal}.journal
        SELECT ${position}, tenant, '${stream}', 1, version, meta, name, form, data FROM ${journal}.journal WHERE position = 1;
      UPDATE ${journal}.journal_head SET position = ${position}, previous = position`
  }

  test.each([
    ['by others', 'acme/user/w'],
    ['by the same again', 'acme/user/v'],
  ])('put back, and got past where it was, %s, before anybody looked', async (_, stream) => {
    const before = await epoch()
    const watch = await watching()
    // All of it is one transaction.
    await runSql(views.url, [takenBack(), entered(2, stream), entered(3, 'acme/user/x')].join(';'))
    expect((await lossOf(watch)).message).toBe(
      'The views in PostgreSQL were put back to an earlier time: their journal has another entry at 2 than it had',
    )
    expect(await epoch()).not.toBe(before)
  })

  test('what PostgreSQL does for itself does not look like it', async () => {
    const watch = await watching()
    const journal = `${journalSchema(views.epoch)}.journal`
    await runSql(
      views.url,
      `VACUUM FREEZE ${journal}`,
      `VACUUM FULL ${journal}`,
      `CLUSTER ${journal} USING journal_pkey`,
    )
    // Told to nobody, so that it is known by a look alone.
    await runSql(
      views.url,
      `UPDATE ${journal}_head SET position = 3;
       UPDATE ${generationSchema(views.epoch)}.progress SET batch = batch + 1, position = 3`,
    )
    await expect.poll(() => watch.position).toBe(3)
    expect(watch.lost.aborted).toBe(false)
  })

  test('put back to before what only its own writer knows of', async () => {
    const watch = await watching()
    watch.expect(3)
    await lossOf(watch)
  })
})
