import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../src/domain/events.ts'
import { openJournal } from '../../src/feed/journal.ts'
import {
  openPostgresJournal,
  openPostgresViewReader,
  openPostgresViewWatch,
  openPostgresViewWriter,
} from '../../src/views/postgres/index.ts'
import type { ViewReader, ViewWriter } from '../../src/views/ViewStore.ts'
import { fullName, membership, username } from '../conformance/viewStore/events.ts'
import { Scribe } from '../conformance/viewStore/Scribe.ts'
import { freshEpoch, postgresOrSkip } from '../support/postgres.ts'
import { ManualFeed } from './fakes.ts'

const postgres = await postgresOrSkip()
const BATCHES = 60

test.skipIf(postgres === null)(
  'followers on any gateway hear of each change once, in one order, and find it',
  async () => {
    const views = { url: postgres?.url ?? '', epoch: freshEpoch() }
    const writers = [await openPostgresViewWriter(views), await openPostgresViewWriter(views)]
    const gateways = await Promise.all([1, 2].map(() => openGateway(views)))
    const scribe = new Scribe('acme')
    const batches = Array.from({ length: BATCHES }, (_, i) =>
      scribe.record(username(`u${i % 5}`, `n${i}`), fullName(`u${i % 3}`, `N${i}`), membership('g', `u${i}`)),
    )
    const last = scribe.record(username('last', 'last'))
    const following = gateways.map(({ follow }) => follow('acme', 'last'))
    await Promise.all(writers.map((writer) => applyAll(writer, batches)))
    await writers[0]?.apply(last)

    const [here = [], there = []] = await Promise.all(following)
    expect(there).toEqual(here)
    expect(here.toSorted()).toEqual([...batches.flat(), ...last].map(nameOf).toSorted())
    await Promise.all([...gateways, ...writers].map((one) => one.close()))
  },
)

const nameOf = ({ stream, seq }: RecordedEvent): string => `${stream} ${seq}`

async function applyAll(writer: ViewWriter, batches: readonly (readonly RecordedEvent[])[]): Promise<void> {
  for (const [i, batch] of batches.entries()) {
    // Delivered late or twice, as it comes.
    await writer.apply([...(batches[i - 1] ?? []), ...batch])
  }
}

/** What a gateway has: views, their journal, and a feed that hears when they move. */
async function openGateway(views: Parameters<typeof openPostgresViewReader>[0]) {
  const [reader, kept, watch] = await Promise.all([
    openPostgresViewReader(views),
    openPostgresJournal(views),
    openPostgresViewWatch(views),
  ])
  const feed = new ManualFeed()
  watch.onMoved((position, tenants) => feed.moveTo(position, tenants && [...tenants]))
  const journal = openJournal(kept, feed)
  return {
    /** Follows until it was told of a user, and looks for each change in the views. */
    async follow(tenant: string, last: string): Promise<string[]> {
      const told: string[] = []
      for await (const message of journal.tail(tenant, 0, new AbortController())) {
        if (message.kind !== 'changes') continue
        await expectApplied(reader, message.events)
        told.push(...message.events.map(nameOf))
        if (message.events.some(({ stream }) => stream === `${tenant}/user/${last}`)) break
      }
      return told
    },
    async close(): Promise<void> {
      await Promise.all([feed, watch, reader, kept].map((one) => one.close()))
    },
  }
}

async function expectApplied(reader: ViewReader, events: readonly RecordedEvent[]): Promise<void> {
  const applied = await reader.applied(events.map(({ stream }) => stream))
  for (const [i, { seq }] of events.entries()) expect(applied[i]).toBeGreaterThanOrEqual(seq)
}
