import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../src/domain/events.ts'
import {
  openPostgresJournal,
  openPostgresViewReader,
  openPostgresViewWriter,
  type PostgresViews,
} from '../../src/views/postgres/index.ts'
import { type JournalWorld, viewJournalConformance } from '../conformance/viewJournal.ts'
import { fullName, membership, username } from '../conformance/viewStore/events.ts'
import { Scribe } from '../conformance/viewStore/Scribe.ts'
import { freshEpoch, postgresOrSkip } from '../support/postgres.ts'
import { dropSchemas } from '../support/sql.ts'

const postgres = await postgresOrSkip()

const freshViews = (): PostgresViews => ({ url: postgres?.url ?? '', epoch: freshEpoch() })

async function open(views = freshViews()): Promise<JournalWorld> {
  const writer = await openPostgresViewWriter(views)
  const [reader, journal] = [await openPostgresViewReader(views), await openPostgresJournal(views)]
  return {
    writer,
    reader,
    journal,
    openOther: () => open({ ...views, generation: 2 }),
    openWriter: () => openPostgresViewWriter(views),
    openJournal: () => openPostgresJournal(views),
    lose: () => dropSchemas(views.url, views.epoch),
    async close() {
      await Promise.all([writer, reader, journal].map((one) => one.close()))
    },
  }
}

describe.skipIf(postgres === null)('on PostgreSQL', () => {
  viewJournalConformance('PostgreSQL', () => open())

  test('writers in two processes: each event is applied once, and is in the journal once, in order', async () => {
    const views = freshViews()
    const world = await open(views)
    const scribe = new Scribe('acme')
    const batches = Array.from({ length: 60 }, (_, i) =>
      scribe.record(
        username(`u${i % 7}`, `name-${i}`),
        fullName(`u${i % 5}`, `${i}`),
        membership('g', `u${i}`),
      ),
    )
    const others = await Promise.all([applierOf(views), applierOf(views)])
    const [one = 0, other = 0] = await Promise.all(others.map((process) => process.apply(batches)))
    await Promise.all(others.map((process) => process.close()))
    expect(one + other).toBe(180)
    const entries = await world.journal.scanTenant('acme', 0, 1_000)
    expect(entries.map(({ position }) => position)).toEqual(Array.from({ length: 180 }, (_, i) => i + 1))
    for (const ofStream of Map.groupBy(entries, ({ stream }) => stream).values()) {
      expect(ofStream.map(({ seq }) => seq)).toEqual(ofStream.map((_, i) => i + 1))
    }
    await world.close()
  })

  test('transactions that are open and idle elsewhere hold nothing up', async () => {
    const world = await open()
    const idle = new pg.Client(postgres?.url)
    await idle.connect()
    await idle.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await idle.query('SELECT pg_current_xact_id()')
    const scribe = new Scribe('acme')
    await world.writer.apply(scribe.record(username('u', 'ann')))
    await world.writer.apply(scribe.record(username('u', 'bob')))
    expect(await world.journal.scanTenant('acme', 0, 10)).toHaveLength(2)
    expect(await world.reader.position()).toBe(2)
    await idle.query('COMMIT')
    await idle.end()
    await world.close()
  })

  test('generations share it: one that is behind stands before the first that it lacks, and none enters twice', async () => {
    const views = freshViews()
    const [old, next] = [await open(views), await open({ ...views, version: 1_000 })]
    const scribe = new Scribe('acme')
    const [a, b, c, d, e] = scribe.record(
      username('u', 'a'),
      membership('g', 'u'),
      fullName('u', 'c'),
      username('u', 'd'),
      username('v', 'e'),
    ) as [RecordedEvent, RecordedEvent, RecordedEvent, RecordedEvent, RecordedEvent]
    expect(await old.writer.apply([a, b, c])).toMatchObject({ position: 3 })
    expect(await next.writer.apply([c, a])).toMatchObject({ position: 1 })
    expect(await next.writer.apply([b])).toMatchObject({ position: 3 })
    expect(await next.writer.apply([d, e])).toMatchObject({ position: 5 })
    expect(await old.reader.position()).toBe(3)
    expect(await old.writer.apply([e])).toMatchObject({ position: 3 })
    expect(await old.writer.apply([d])).toMatchObject({ position: 5 })
    const told = (await old.journal.scanTenant('acme', 0, 10)).map(({ stream, seq }) => [stream, seq])
    expect(told).toEqual([a, b, c, d, e].map(({ stream, seq }) => [stream, seq]))
    await Promise.all([old.close(), next.close()])
  })
})

test.skipIf(postgres === null)(
  'what another release has applied, and this one cannot, does not hold its position up, nor what comes after it',
  async () => {
    const views = freshViews()
    const [old, next] = [await open(views), await open({ ...views, version: 1_000 })]
    const scribe = new Scribe('acme')
    const [known, later, other] = scribe.record(
      username('u', 'a'),
      username('u', 'b'),
      username('v', 'c'),
    ) as [RecordedEvent, RecordedEvent, RecordedEvent]
    const unknown: RecordedEvent = {
      ...known,
      event: { type: 'Unknown', name: 'SetUserShoeSize', data: '{}' },
    }
    expect(await next.writer.apply([known, later, other])).toMatchObject({ position: 3 })
    expect(await old.writer.apply([unknown, later])).toMatchObject({ applied: 0, position: 2 })
    expect(await old.writer.quarantined()).toMatchObject([{ stream: known.stream, seq: 1 }])
    expect(await old.writer.apply([other])).toMatchObject({ applied: 1, position: 3 })
    await next.writer.apply(scribe.record(username('u', 'd')))
    expect(await old.writer.apply([other])).toMatchObject({ duplicates: 1, position: 4 })
    await Promise.all([old.close(), next.close()])
  },
)

/** Starts another process that has the views open. */
async function applierOf(views: PostgresViews) {
  const file = fileURLToPath(new URL('./applier.ts', import.meta.url))
  const child = fork(file, [JSON.stringify(views)], { execArgv: [] })
  await once(child, 'message')
  return {
    /** Resolves to how many of the events were new. */
    async apply(batches: readonly (readonly RecordedEvent[])[]): Promise<number> {
      const done = once(child, 'message')
      child.send(batches)
      return (await done)[0] as number
    },
    async close(): Promise<void> {
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    },
  }
}
