import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Event, RecordedEvent } from '../../../src/domain/events.ts'
import type { TenantId } from '../../../src/domain/streams.ts'
import type { PageArgs } from '../../../src/ops/query.ts'
import type { GroupRow, Page, UserRow } from '../../../src/ops/rows.ts'
import type { ViewReader, ViewWriter } from '../../../src/views/ViewStore.ts'
import { email, fullName, groupName, membership, parent, username } from './events.ts'
import { Asker, readPages } from './queries.ts'
import { freshTenant, Scribe } from './Scribe.ts'
import type { OpenWorld, ViewWorld } from './world.ts'

const IDS = Array.from({ length: 20 }, (_, i) => `u${(i * 7) % 20}`)

/** Several of each kind that lists sort equal, and that a search finds in each of its ways: the whole, the beginning, a word, anywhere. */
const NAMES = ['ann', 'ann b', 'b ann', 'joanna', null]

function crowd(id: string, i: number): Event[] {
  const name = NAMES[i % NAMES.length] ?? null
  return [
    membership('all', id),
    username(id, `x${i}`),
    fullName(id, name),
    email(id, name === null ? null : `${id}@x`),
    parent(`of-${id}`, 'all'),
    groupName(`of-${id}`, name ?? 'b'),
  ]
}

type List = (ask: Asker, page: PageArgs) => Promise<Page<UserRow | GroupRow>>

const LISTS: Readonly<Record<string, List>> = {
  'users by name': (ask, page) => ask.users({ order: 'NAME', page }),
  'users by email': (ask, page) => ask.users({ order: 'EMAIL', page }),
  'users by time of creation': (ask, page) => ask.users({ order: 'CREATED_AT', page }),
  'users of a group': (ask, page) => ask.users({ order: 'NAME', filter: { groupId: 'all' }, page }),
  'users searched for': (ask, page) => ask.users({ search: 'ann', page }),
  'users searched for, by a term without a trigram': (ask, page) => ask.users({ search: 'an', page }),
  groups: (ask, page) => ask.groups(null, {}, page),
  'groups searched for': (ask, page) => ask.groups('ann', {}, page),
  'groups below another': (ask, page) => ask.children('all', page),
}

/** What holds over all generations of the views of a log. */
export function generationTests(open: OpenWorld, ownJournal: boolean): void {
  describe('generations', () => {
    let world: ViewWorld
    let next: { readonly writer: ViewWriter; readonly reader: ViewReader }
    let tenant: TenantId
    beforeAll(async () => {
      world = await open()
      next = await world.openNext()
      tenant = freshTenant()
      const events = new Scribe(tenant).record(...IDS.flatMap(crowd))
      for (const event of events) await world.writer.apply([event])
      await next.writer.apply(ownJournal ? byStream(events) : events)
    })
    afterAll(async () => {
      await Promise.all([next.writer.close(), next.reader.close()])
      await world.close()
    })

    test.each(Object.keys(LISTS))(
      'a list that is begun in one goes on in another where it was: %s',
      async (name) => {
        const list = LISTS[name]
        if (list === undefined) throw new Error(name)
        const [here, there] = [world.reader, next.reader].map((reader) => new Asker(reader, tenant)) as [
          Asker,
          Asker,
        ]
        const listed = async (pageOf: (page: PageArgs) => ReturnType<List>) =>
          (await readPages(pageOf, 3)).map(({ id }) => id)
        const wanted = await listed((page) => list(here, page))
        let asked = 0
        expect(await listed((page) => list(asked++ % 2 ? there : here, page))).toEqual(wanted)
        expect(new Set(wanted).size).toBe(wanted.length)
        expect(wanted.length).toBeGreaterThan(12)
      },
    )
  })
}

/** As a log without a total order may give them: each stream in its order, the newest stream first. */
const byStream = (events: readonly RecordedEvent[]): readonly RecordedEvent[] =>
  [...Map.groupBy(events, ({ stream }) => stream).values()].toReversed().flat()
