import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { userStream } from '../../src/domain/streams.ts'
import { type CloudEvent, cloudEvent } from '../../src/feed/cloudEvent.ts'
import { PUBLIC_NAMES } from '../../src/feed/publicEvents.ts'
import { META } from '../conformance/eventLog/commits.ts'
import { published, validateEvent } from '../feed/eventSchemas.ts'
import { recorded, TOLD } from '../feed/told.ts'

const DOC = readFileSync(join(import.meta.dirname, '../../docs/events.md'), 'utf8')

/** The text of its only block of this kind. */
function block(kind: string): string {
  const found = [...DOC.matchAll(new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\`$`, 'gms'))]
  expect(found).toHaveLength(1)
  return found[0]?.[1] ?? ''
}

test('docs/events.md shows an event as it is', () => {
  const shown = JSON.parse(block('json')) as CloudEvent
  validateEvent(shown)
  const email = 'ann@acme.example'
  const event = { ...recorded({ type: 'SetUserEmail', userId: 'ann', email }, 4), meta: META }
  expect(shown).toEqual(cloudEvent(shown.epoch, { ...event, stream: userStream('acme', 'ann') }))
})

test('docs/events.md names every attribute, type and field that there is, and no other', () => {
  const table = /<!-- types:start -->(.*)<!-- types:end -->/s.exec(DOC)?.[1] ?? ''
  const rows = [...table.matchAll(/^\| `([\w.]+)` \|.*\| `(\w+)`: (.*) \|$/gm)]
  const documented = rows.map(([, name, what = '', fields = '']) => [
    name,
    what,
    fields.replaceAll('`', '').split(', '),
  ])
  const promised = PUBLIC_NAMES.map((name) => {
    const [what = '', { properties = {} } = {}] =
      Object.entries(published.get(name)?.properties ?? {})[0] ?? []
    return [name, what, Object.keys(properties)]
  })
  expect(documented).toEqual(promised)
  const attributes = DOC.slice(DOC.indexOf('| attribute |'), DOC.indexOf('## Types'))
  const constant = ['specversion', 'datacontenttype']
  const named = [...attributes.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
  expect([...named, ...constant].sort()).toEqual(published.get('event')?.required.toSorted())
})

interface Copy {
  readonly last: Map<string, unknown>
  readonly users: Map<string, object>
  readonly groups: Map<string, object>
  readonly memberships: Map<string, string>
}

test('docs/events.md shows how to consume them, whatever is repeated', async () => {
  const source = `data:text/javascript,${encodeURIComponent(block('js run'))}`
  const { take } = (await import(/* @vite-ignore */ source)) as { take(copy: Copy, event: CloudEvent): void }
  const copy: Copy = { last: new Map(), users: new Map(), groups: new Map(), memberships: new Map() }
  const streams = Map.groupBy(TOLD, ({ recorded }) => recorded.stream)
  const events = [...streams.values()].flatMap((told) =>
    told.map(({ recorded }, n) => cloudEvent('e1', { ...recorded, seq: n + 1 }) as CloudEvent),
  )
  for (const [n, event] of events.entries()) {
    for (const again of [event, events[n - 1], events[n - 2]]) if (again !== undefined) take(copy, again)
  }
  const attributes = { floor: 3, tags: ['a'] }
  expect(copy.users.get('ann')).toEqual({
    ...{ id: 'ann', username: 'anna', email: null, name: null, attributes, status: 'DELETED' },
  })
  expect(copy.groups.get('eng')).toEqual({
    ...{ id: 'eng', name: 'Engineers', description: '', parentId: null, status: 'DELETED' },
  })
  expect(copy.memberships.size).toBe(0)
  take(copy, { ...(events[0] as CloudEvent), epoch: 'e2' })
  expect(copy.users.get('ann')).toMatchObject({ username: 'ann' })
})
