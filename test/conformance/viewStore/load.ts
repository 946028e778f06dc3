import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ViewWriter } from '../../../src/views/ViewStore.ts'
import { plainRows } from '../../support/plainRows.ts'
import { attributes, email, fullName, groupName, membership, status, username } from './events.ts'
import { Asker, ids } from './queries.ts'
import { freshTenant, Scribe } from './Scribe.ts'
import type { OpenWorld, ViewWorld } from './world.ts'

/** Views that are loaded come to the same as views that are kept up. */
export function loadTests(open: OpenWorld): void {
  describe('a load', () => {
    let loaded: ViewWorld
    let kept: ViewWorld
    let scribe: Scribe
    beforeEach(async () => {
      loaded = await open()
      kept = await open()
      scribe = new Scribe(freshTenant(), { last: 0 })
    })
    afterEach(() => Promise.all([loaded.close(), kept.close()]))

    const people = ['ann', 'bob', 'cid', 'dan', 'eve']
    const person = (name: string) => [
      username(name, name),
      email(name, `${name}@example.org`),
      fullName(name, `${name} of Troy`),
      attributes(name, { team: 'red', name }),
    ]
    const beginning = () =>
      scribe.record(
        ...people.flatMap(person),
        groupName('g', 'Greeks'),
        ...people.map((name) => membership('g', name)),
      )
    const changes = () =>
      scribe.record(
        username('ann', 'anna'),
        attributes('bob', { team: 'blue' }),
        status('cid', 'DELETED'),
        fullName('eve', 'Eve of Argos'),
        ...person('fay'),
        membership('g', 'dan', null),
      )

    async function seen({ reader }: ViewWorld) {
      const ask = new Asker(reader, scribe.tenant)
      const team = (equals: string) =>
        ask.users({ filter: { attribute: { name: 'team', equals } } }).then(ids)
      return {
        all: await ask.users({}),
        orders: await Promise.all(
          (['NAME', 'EMAIL', 'CREATED_AT'] as const).map((order) => ask.users({ order }).then(ids)),
        ),
        found: await Promise.all(
          ['ann', 'anna', 'troy', 'argos', 'f', 'ay@'].map((search) => ask.users({ search }).then(ids)),
        ),
        teams: [await team('red'), await team('blue')],
        byEmail: plainRows(await reader.usersByEmail(scribe.tenant, ['fay@example.org', 'cid@example.org'])),
        group: await ask.group('g'),
      }
    }

    async function finish(writer: ViewWriter): Promise<void> {
      while (await writer.isLoading()) await writer.finishLoad()
    }

    test.each([0, 1, 2, 3, 20])('with changes after %i steps of its end', async (steps) => {
      const [first, later] = [beginning(), changes()]
      await loaded.writer.beginLoad()
      await loaded.writer.apply(first)
      for (let step = 0; step < steps; step++) await loaded.writer.finishLoad()
      await loaded.writer.apply(later)
      await finish(loaded.writer)
      await kept.writer.apply([...first, ...later])
      expect(await seen(loaded)).toEqual(await seen(kept))
    })

    test('can be finished by another writer, and is then kept up by all', async () => {
      const [first, later] = [beginning(), changes()]
      await loaded.writer.beginLoad()
      await loaded.writer.apply(first)
      const other = await loaded.openWriter()
      await finish(other)
      await loaded.writer.apply(later)
      await other.close()
      await kept.writer.apply([...first, ...later])
      expect(await seen(loaded)).toEqual(await seen(kept))
    })

    test.each([6, 7, 8])('with changes after %i steps of another writer to its end', async (steps) => {
      const [first, later] = [beginning(), changes()]
      await loaded.writer.beginLoad()
      await loaded.writer.apply(first)
      const other = await loaded.openWriter()
      for (let step = 0; step < steps; step++) await other.finishLoad()
      await loaded.writer.apply(later)
      await finish(other)
      await other.close()
      await kept.writer.apply([...first, ...later])
      expect(await seen(loaded)).toEqual(await seen(kept))
    })

    test('begins in empty views only', async () => {
      await loaded.writer.apply(beginning())
      await loaded.writer.beginLoad()
      expect(await loaded.writer.isLoading()).toBe(false)
    })
  })
}
