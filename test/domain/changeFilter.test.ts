import { expect, test } from 'vitest'
import { ANY_CHANGE, type ChangeFilter, passes } from '../../src/domain/changeFilter.ts'
import type { Actor, Event, RecordedEvent } from '../../src/domain/events.ts'
import { userStream } from '../../src/domain/streams.ts'

const CI: Actor = { kind: 'key', id: 'k1', label: 'ci' }
const OPERATOR: Actor = { kind: 'operator', id: null, label: null }

const recorded = (event: Event, at: string, actor: Actor, cause: string | null): RecordedEvent => ({
  stream: userStream('acme', 'ann'),
  seq: 1,
  position: 1,
  version: 1,
  event,
  meta: { actor, at, cause, idempotencyKey: null, ip: null },
})

const joined = recorded(
  { type: 'SetMembership', groupId: 'g', userId: 'ann', role: 'MEMBER' },
  '2026-01-01T00:00:00.000Z',
  CI,
  'request-1',
)
const named = recorded(
  { type: 'SetGroupName', groupId: 'h', name: 'ann' },
  '2026-01-02T00:00:00.000Z',
  OPERATOR,
  null,
)

test.each<[string, Partial<ChangeFilter>, joined: boolean, named: boolean]>([
  ['nothing is asked', {}, true, true],
  ['a user', { userIds: ['bob', 'ann'] }, true, false],
  ['a group', { groupIds: ['h'] }, false, true],
  ['a user and a group', { userIds: ['ann'], groupIds: ['h'] }, false, false],
  ['a user in a group', { userIds: ['ann'], groupIds: ['g'] }, true, false],
  ['none at all', { userIds: [] }, false, false],
  ['a type', { events: ['SetGroupName'] }, false, true],
  ['a kind of actor', { actors: ['operator'] }, false, true],
  ['a key', { actors: ['k1'] }, true, false],
  ['a label', { actors: ['ci'] }, true, false],
  ['a cause', { causes: ['request-1'] }, true, false],
  ['from a time on', { since: '2026-01-02T00:00:00.000Z' }, false, true],
  ['before a time', { until: '2026-01-02T00:00:00.000Z' }, true, false],
])('%s', (_, filter, ofJoined, ofNamed) => {
  const whole = { ...ANY_CHANGE, ...filter }
  expect([passes(whole, joined), passes(whole, named)]).toEqual([ofJoined, ofNamed])
})
