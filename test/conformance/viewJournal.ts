import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../src/domain/events.ts'
import { TENANTS_STREAM, userStream } from '../../src/domain/streams.ts'
import {
  type JournalReader,
  type ViewReader,
  ViewsLost,
  ViewsUnavailable,
  type ViewWriter,
} from '../../src/views/ViewStore.ts'
import { apiKey, attributes, fullName, membership, username } from './viewStore/events.ts'
import { freshTenant, Scribe } from './viewStore/Scribe.ts'

/** An empty store that keeps a journal. */
export interface JournalWorld {
  readonly writer: ViewWriter
  readonly reader: ViewReader
  readonly journal: JournalReader
  /** Another generation of the views over the same journal, empty. */
  openOther(): Promise<{ readonly writer: ViewWriter; readonly reader: ViewReader; close(): Promise<void> }>
  /** Another writer of the same store, as another process would have it. */
  openWriter(): Promise<ViewWriter>
  /** The same for the journal. */
  openJournal(): Promise<JournalReader & { close(): Promise<void> }>
  /** All that is stored is gone, and what is open finds nothing there. */
  lose(): Promise<void>
  close(): Promise<void>
}

const ALL = 1_000_000

/** What the journal promises that views keep (`JournalReader`), on the real engine. */
export function viewJournalConformance(engine: string, open: () => Promise<JournalWorld>): void {
  describe(`the journal on ${engine}`, () => {
    let world: JournalWorld
    let scribe: Scribe
    beforeEach(async () => {
      world = await open()
      scribe = new Scribe(freshTenant())
    })
    afterEach(() => world.close())

    const entries = (after = 0, limit = ALL) => world.journal.scanTenant(scribe.tenant, after, limit)

    test('has whole events, in the order in which they were applied, page by page', async () => {
      const first = scribe.record(username('u', 'Ann \0'), attributes('u', { team: 'red', deep: [{}] }))
      const second = scribe.record(apiKey('u', 'k'), membership('g', 'u'))
      await world.writer.apply(second)
      await world.writer.apply(first)
      const wanted = [...second, ...first].map((event, i) => ({ ...event, position: i + 1 }))
      expect(await entries()).toEqual(wanted)
      expect(await entries(1, 2)).toEqual(wanted.slice(1, 3))
      expect(await entries(4)).toEqual([])
      expect(await world.reader.position()).toBe(4)
    })

    test('is one of all tenants, of which each sees its own; the stream of tenants is nobody’s', async () => {
      const other = new Scribe(freshTenant())
      await world.writer.apply([
        ...scribe.record({ type: 'SetTenant', tenantId: scribe.tenant, name: 'Here' }),
        ...other.record(username('u', 'bob')),
        ...scribe.record(username('u', 'ann')),
      ])
      expect(await world.reader.applied([TENANTS_STREAM])).toEqual([1])
      expect((await entries()).map(({ position }) => position)).toEqual([3])
      expect(named(await world.journal.scanTenant(other.tenant, 0, ALL))).toEqual([
        `${other.tenant}/user/u 1`,
      ])
    })

    test('gives streams, and parts of them, as far as it has them, with their places', async () => {
      const ann = scribe.record(username('ann', 'a'), username('ann', 'b'), username('ann', 'c'))
      const bob = scribe.record(username('bob', 'bob'))
      const [missing] = scribe.record(username('cid', 'c'), username('cid', 'd')).slice(1)
      const events = [...bob, ...ann]
      await world.writer.apply(missing === undefined ? events : [...events, missing])
      const [first, ...rest] = await entries()
      const [annStream, bobStream, cidStream] = ['ann', 'bob', 'cid'].map((id) =>
        userStream(scribe.tenant, id),
      )
      if (annStream === undefined || bobStream === undefined || cidStream === undefined) throw new Error()
      expect(named(rest)).toEqual(named(ann))
      expect(await world.journal.readAll([annStream, cidStream, bobStream, annStream])).toEqual([
        rest,
        [],
        [first],
        rest,
      ])
      const range = (after: number, limit: number) => ({ stream: annStream, after, limit })
      expect(await world.journal.readRanges([range(1, 1), range(0, 2), range(2, 9), range(3, 9)])).toEqual([
        rest.slice(1, 2),
        rest.slice(0, 2),
        rest.slice(2),
        [],
      ])
      expect(await world.journal.readAll([])).toEqual([])
    })

    test('has what was left out for a gap once it is applied', async () => {
      const [first, second, third] = scribe.record(
        username('u', 'a'),
        username('u', 'b'),
        username('u', 'c'),
      ) as [RecordedEvent, RecordedEvent, RecordedEvent]
      await world.writer.apply([third, first])
      expect(named(await entries())).toEqual(named([first]))
      await world.writer.apply([third, second, third])
      expect(named(await entries())).toEqual(named([first, second, third]))
    })

    test('lacks what a quarantine keeps from the views, until that is lifted', async () => {
      const [known] = scribe.record(username('u', 'ann')) as [RecordedEvent]
      const stream = userStream(scribe.tenant, 'u')
      const unknown = scribe.recordIn(stream, { type: 'Unknown', name: 'SetUserShoeSize', data: '{}' })
      const [later, other] = scribe.record(username('u', 'bob'), username('v', 'cid')) as [
        RecordedEvent,
        RecordedEvent,
      ]
      await world.writer.apply([known, unknown, later, other])
      expect(named(await entries())).toEqual(named([known, other]))
      const healed: RecordedEvent = { ...unknown, event: username('u', 'ben') }
      const entity = { kind: 'user', tenant: scribe.tenant, id: 'u' } as const
      await world.writer.rebuild(entity, async () => [known, healed, later])
      expect(named(await entries())).toEqual(named([known, other, unknown, later]))
      expect(await world.reader.position()).toBe(4)
    })

    test('tells where it ends, and where it was some time ago, to about a minute', async () => {
      expect(await world.journal.position()).toBe(0)
      await world.writer.apply(scribe.record(username('u', 'ann')))
      expect(await world.journal.position()).toBe(1)
      expect(await world.journal.positionAt(Date.now() - 60_000)).toBe(0)
      expect(await world.journal.positionAt(Date.now() + 60_000)).toBe(1)
    })

    test('while another generation is quicker, a position stands still, but the state tells of every change and covers it', async () => {
      const { reader, writer } = world
      const other = await world.openOther()
      const [first, ahead, own, later] = scribe.record(
        username('u', 'ann'),
        username('v', 'bob'),
        apiKey('u', 'k'),
        fullName('u', 'Ann'),
      ) as [RecordedEvent, RecordedEvent, RecordedEvent, RecordedEvent]
      for (const { writer: each } of [world, other]) await each.apply([first])
      await other.writer.apply([ahead])
      const position = await reader.position()
      const states = [await reader.state()]
      for (const event of [own, later]) {
        await writer.apply([event])
        states.push(await reader.state())
      }
      expect(await reader.position()).toBe(position)
      expect(new Set(states.map(({ version }) => version)).size).toBe(3)
      expect(states.map(({ covers }) => covers)).toEqual([position + 1, position + 2, position + 3])
      expect(await other.reader.position()).toBe(position + 1)

      // Whoever waits until the other one is there, sees there what was seen here.
      await other.writer.apply([own, later])
      expect(await other.reader.position()).toBe(position + 3)
      await other.close()
    })

    test('has an epoch for as long as it is; one that is in its place has another, and is never read for it', async () => {
      const { journal } = world
      await world.writer.apply(scribe.record(username('u', 'ann'), username('v', 'bob')))
      const same = await world.openJournal()
      expect(same.epoch).toBe(journal.epoch)
      await same.close()

      await world.lose()
      const stream = userStream(scribe.tenant, 'u')
      const outcomes = () =>
        Promise.allSettled([
          journal.scanTenant(scribe.tenant, 0, ALL),
          journal.scanTenant(scribe.tenant, 2, ALL),
          journal.scan(0, ALL),
          journal.position(),
          journal.positionAt(Date.now() + 60_000),
          journal.readAll([stream]),
          journal.readRanges([{ stream, after: 9, limit: 1 }]),
        ])
      const refusals = async () => (await outcomes()).map((outcome) => 'reason' in outcome && outcome.reason)
      const seven = (kind: unknown) => Array.from({ length: 7 }, () => expect.any(kind))
      expect(await refusals()).toEqual(seven(ViewsUnavailable))

      const writer = await world.openWriter()
      const other = await world.openJournal()
      expect(other.epoch).not.toBe(journal.epoch)
      expect(await refusals()).toEqual(seven(ViewsLost))
      await writer.apply(new Scribe(scribe.tenant).record(username('v', 'bob'), username('u', 'ann')))
      expect(await refusals()).toEqual(seven(ViewsLost))
      expect(await other.position()).toBe(2)
      await Promise.all([writer, other].map((one) => one.close()))
    })

    /** As a follower does: everything up to where the views are, from there on, again and again, until it is done. */
    async function follow(tenant: string, start: number, isDone: () => boolean): Promise<RecordedEvent[]> {
      const seen: RecordedEvent[] = []
      for (let position = start, last = false; !last; ) {
        last = isDone()
        const visible = await world.reader.position()
        const events = await world.journal.scanTenant(tenant, position, ALL)
        seen.push(...events.filter((event) => event.position <= visible))
        position = visible
      }
      return seen
    }

    test('has each event once, each stream in order, whoever writes at once; who follows misses none', async () => {
      const writers = [world.writer, await world.openWriter(), await world.openWriter()]
      await fc.assert(
        fc.asyncProperty(steps, async (batches) => {
          const { histories, queues } = planOf(batches, writers.length)
          const tenants = [...histories.keys()]
          const start = await world.reader.position()
          let isDone = false
          const following = tenants.map((tenant) => follow(tenant, start, () => isDone))
          await Promise.all(writers.map((writer, i) => applyAll(writer, queues[i] ?? [])))
          await applyAll(world.writer, [...histories.values()])
          isDone = true
          const seen = await Promise.all(following)
          for (const [i, tenant] of tenants.entries()) {
            expect(seen[i]).toEqual(await world.journal.scanTenant(tenant, 0, ALL))
            expectEachOnce(seen[i] ?? [], histories.get(tenant) ?? [])
          }
          const positions = seen.flat().map(({ position }) => position)
          expect(positions.toSorted((a, b) => a - b)).toEqual(positions.map((_, at) => start + 1 + at))
          expect(await world.reader.position()).toBe(start + positions.length)
        }),
        { numRuns: 25 },
      )
      await Promise.all(writers.slice(1).map((writer) => writer.close()))
    })
  })
}

const named = (events: readonly RecordedEvent[]) => events.map(({ stream, seq }) => `${stream} ${seq}`)

interface Step {
  readonly writer: number
  readonly tenant: number
  readonly user: number
  readonly count: number
  readonly isRetold: boolean
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    writer: fc.nat(2),
    tenant: fc.nat(1),
    user: fc.nat(5),
    count: fc.integer({ min: 1, max: 4 }),
    isRetold: fc.boolean(),
  }),
  { minLength: 6, maxLength: 16 },
)

/**
 * What happens in some tenants, and which batches each writer is told of: everything so far in one, or the last of it. What was
 * applied meanwhile is to be skipped, what is missing is a gap.
 */
function planOf(batches: readonly Step[], writers: number) {
  const scribes = [new Scribe(freshTenant()), new Scribe(freshTenant())]
  const histories = new Map(scribes.map(({ tenant }) => [tenant, [] as RecordedEvent[]]))
  const queues = Array.from({ length: writers }, (): (readonly RecordedEvent[])[] => [])
  for (const { writer, tenant, user, count, isRetold } of batches) {
    const scribe = scribes[tenant] ?? new Scribe(freshTenant())
    const history = histories.get(scribe.tenant) ?? []
    for (let i = 0; i < count; i++) {
      const change = i % 2 ? fullName(`u${user}`, `n${i}`) : membership(`g${user % 2}`, `u${user}`)
      history.push(...scribe.record(change))
    }
    queues[writer]?.push(isRetold ? [...history] : history.slice(-8))
  }
  return { histories, queues }
}

async function applyAll(writer: ViewWriter, batches: readonly (readonly RecordedEvent[])[]): Promise<void> {
  for (const batch of batches) await writer.apply(batch)
}

/** All of a history and nothing else, each stream in its order. */
function expectEachOnce(seen: readonly RecordedEvent[], history: readonly RecordedEvent[]): void {
  expect(named(seen).toSorted()).toEqual(named(history).toSorted())
  for (const ofStream of Map.groupBy(seen, ({ stream }) => stream).values()) {
    expect(ofStream.map(({ seq }) => seq)).toEqual(ofStream.map((_, at) => at + 1))
  }
}
