import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { apiKey, fullName, membership, username } from './events.ts'
import { Scribe } from './Scribe.ts'
import type { OpenWorld, ViewWorld } from './world.ts'

/** What a state says of all that a reader shows. */
export function stateTests(open: OpenWorld): void {
  describe('the state', () => {
    let world: ViewWorld
    let scribe: Scribe
    beforeEach(async () => {
      world = await open()
      scribe = new Scribe('acme', { last: 0 })
    })
    afterEach(() => world.close())

    const version = async () => (await world.reader.state()).version
    const user = { kind: 'user', tenant: 'acme', id: 'u' } as const

    test('has the same version for all readers as long as nothing changes', async () => {
      const events = scribe.record(username('u', 'ann'))
      await world.writer.apply(events)
      const before = await version()
      expect(before).not.toBe('')
      await world.writer.apply(events)
      await world.writer.apply([])
      expect(await version()).toBe(before)
      const other = await world.openReader()
      expect((await other.state()).version).toBe(before)
      await other.close()
    })

    test('has another version after everything that is applied, also where the position waits for something else', async () => {
      const versions = [await version()]
      // Brought by nobody yet: with the log's order, what comes after it does not move the position.
      scribe.record(username('late', 'bob'))
      for (const event of [
        username('u', 'ann'),
        fullName('u', 'Ann'),
        apiKey('u', 'k'),
        membership('g', 'u'),
      ]) {
        await world.writer.apply(scribe.record(event))
        versions.push(await version())
      }
      expect(new Set(versions).size).toBe(5)
    })

    test('has another version after a row was made anew, also from nothing, though the position stands still', async () => {
      const events = scribe.record(username('u', 'ann'), fullName('u', 'Ann'))
      await world.writer.apply(events)
      const position = await world.reader.position()
      const versions = [await version()]
      await world.writer.rebuild(user, async () => events)
      versions.push(await version())
      await world.writer.rebuild(user, async () => [])
      versions.push(await version())
      expect((await world.reader.users('acme', ['u']))[0]).toBeNull()
      expect(new Set(versions).size).toBe(3)
      expect(await world.reader.position()).toBe(position)
    })

    test('has another version in another generation, however equal it is', async () => {
      const next = await world.openNext()
      const events = scribe.record(username('u', 'ann'), fullName('u', 'Ann'))
      await world.writer.apply(events)
      await next.writer.apply(events)
      expect((await next.reader.state()).version).not.toBe(await version())
      expect((await next.reader.state()).covers).toBe((await world.reader.state()).covers)
      await Promise.all([next.writer.close(), next.reader.close()])
    })

    test('covers everything up to the position', async () => {
      expect((await world.reader.state()).covers).toBe(0)
      await world.writer.apply(scribe.record(username('u', 'ann'), fullName('u', 'Ann')))
      expect(await world.reader.position()).toBe(2)
      expect((await world.reader.state()).covers).toBe(2)
    })
  })
}
