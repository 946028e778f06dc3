import { describe, expect, test } from 'vitest'
import type { Change, History } from './history.ts'
import {
  at,
  connection,
  JOURNAL,
  mark,
  story,
  told,
  WHOLE,
  withJournal,
  withReplay,
  withWhole,
  withWrite,
} from './story.ts'
import { VALIDATORS, violationsOf } from './violations.ts'

const changeAt = (place: number): Change => JOURNAL[place] as Change
const all = JOURNAL.map((_, place) => told(place))
const observed = (wanted: Record<string, number>, seen: Record<string, number> | null): History =>
  story({ observations: [{ node: 'one', why: 'told', wanted, seen }] })

test('a history that keeps every promise is found to', () => {
  expect(violationsOf(story())).toEqual([])
})

/** Of each validator: what breaks its promise, a history in which it is broken, and what is said of that. */
const BROKEN: readonly (readonly [keyof typeof VALIDATORS, string, History, RegExp])[] = [
  [
    'ordered',
    'a stream with a hole',
    withJournal(...JOURNAL.filter((_, i) => i !== 7)),
    /profile@2 after @0/,
  ],
  [
    'ordered',
    'two nodes that tell otherwise',
    story({ journals: { one: JOURNAL, two: JOURNAL.slice(0, -1) } }),
    /two has nothing at 9/,
  ],
  [
    'ordered',
    'a change before an earlier one',
    withWhole(connection(at(0), [1, 0].map(told))),
    /ann@1 came after a later change/,
  ],
  [
    'ordered',
    'an earlier change on a later connection',
    withWhole(connection(at(0), [told(1)]), connection(at(2), [told(0)])),
    /connection 1: .*ann@1 came after/,
  ],
  [
    'ordered',
    'a change that never was so',
    withWhole(connection(at(0), [{ ...told(0), change: { ...changeAt(0), cause: 'other' } }])),
    /not in the journal so/,
  ],
  [
    'ordered',
    'a snapshot that tells a stream backwards',
    story({
      followers: [{ ...WHOLE, start: 'snapshot', connections: [connection(null, [6, 5].map(told))] }],
    }),
    /members@1 came after @2/,
  ],

  [
    'unique',
    'a change twice on a connection',
    withWhole(connection(at(0), [0, 1, 1].map(told))),
    /ann@2 was told twice/,
  ],
  [
    'unique',
    'a change again after a resumption',
    withWhole(connection(at(0), [0, 1].map(told)), connection(at(2), [told(1)])),
    /ann@2 was told twice/,
  ],
  [
    'unique',
    'a change twice in a snapshot',
    story({
      followers: [{ ...WHOLE, start: 'snapshot', connections: [connection(null, [5, 5].map(told))] }],
    }),
    /members@1 was told twice/,
  ],

  [
    'unique',
    'a change that was in the snapshot again after it',
    story({
      followers: [
        {
          ...WHOLE,
          start: 'snapshot',
          connections: [connection(null, [told(0), mark('CAUGHT_UP', 1), told(0)])],
        },
      ],
    }),
    /ann@1 was told twice/,
  ],

  [
    'atomic',
    'half of a write',
    withJournal(...JOURNAL.filter((_, i) => i !== 6)),
    /w3 is there without .*bob/,
  ],
  [
    'atomic',
    'another change between those of a write',
    withJournal(...[0, 2, 1, 3].map(changeAt)),
    /user\/ann@2 came apart/,
  ],
  [
    'atomic',
    'a follower who is told so',
    withWhole(connection(at(0), [0, 2, 1].map(told))),
    /whole.*user\/ann@2 came apart/,
  ],

  [
    'reliable',
    'a change that never came',
    withWhole(
      connection(
        at(0),
        all.filter((_, i) => i !== 4),
      ),
    ),
    /never told of t\/group\/g@1/,
  ],
  [
    'reliable',
    'the last change lost',
    withWhole(connection(at(0), all.slice(0, -1))),
    /never told of t\/user\/bob@3/,
  ],
  [
    'reliable',
    'a change that the filter leaves out',
    story({ followers: [{ ...WHOLE, filter: { events: ['SetMembership'] } }] }),
    /which is not for it/,
  ],
  [
    'reliable',
    'an API key told to who may not audit',
    story({
      followers: [
        {
          ...WHOLE,
          mayAudit: false,
          connections: [
            connection(at(0), [
              { ...told(0), change: { ...changeAt(0), event: { __typename: 'SetApiKey' } } },
            ]),
          ],
        },
      ],
    }),
    /not for it/,
  ],
  [
    'reliable',
    'a start that is never told',
    story({ followers: [{ ...WHOLE, start: 'now', connections: [connection(null, [])] }] }),
    /never told where it starts/,
  ],

  [
    'resumable',
    'a cursor that is refused on connecting',
    withWhole({ ...connection(at(0), all), refusal: 'BAD_CURSOR' }),
    /BAD_CURSOR/,
  ],
  [
    'resumable',
    'a cursor that is refused to a replay',
    withReplay(4, [], 'CURSOR_EXPIRED'),
    /CURSOR_EXPIRED/,
  ],
  [
    'resumable',
    'a replay with a gap',
    withReplay(
      4,
      JOURNAL.filter((_, i) => i === 4 || i > 5),
    ),
    /group\/g@1 came, where/,
  ],
  ['resumable', 'a replay that ends early', withReplay(4, JOURNAL.slice(4, -1)), /group\/g@1 came, where/],
  [
    'resumable',
    'a replay that begins with the change of its cursor',
    withReplay(4, JOURNAL.slice(3)),
    /stands after t\/user\/bob@2/,
  ],
  [
    'resumable',
    'a replay that begins too late',
    withReplay(4, JOURNAL.slice(5)),
    /stands after t\/user\/bob@2/,
  ],

  [
    'bookmarkable',
    'a change at or before the mark after it',
    withWhole(
      connection(at(0), [0, 1, 2, 3, 4, 5].map(told)),
      connection(at(6), [mark('BOOKMARK', 7), ...[6, 7, 8, 9].map(told)]),
    ),
    /members@2 came after it/,
  ],
  [
    'bookmarkable',
    'a mark that stands too early',
    withReplay(7, JOURNAL.slice(6)),
    /members@2 came before it/,
  ],
  ['bookmarkable', 'a mark that stands too late', withReplay(7, JOURNAL.slice(8)), /profile@1 came after it/],

  [
    'visible',
    'an older state',
    observed({ 't/user/ann/profile': 2 }, { 't/user/ann/profile': 1 }),
    /profile@2 was not seen, but 1/,
  ],
  [
    'visible',
    'nothing of who is there',
    observed({ 't/user/ann': 1 }, null),
    /ann@1 was not seen, but nothing/,
  ],

  [
    'copies',
    'nodes that show other directories',
    story({
      directories: {
        one: story().directories.one ?? { users: [], groups: [] },
        two: { users: [], groups: [] },
      },
    }),
    /two shows differ: .*ann.* and null/,
  ],
  [
    'copies',
    'a copy that lacks a change',
    withWhole(
      connection(
        at(0),
        all.filter((_, i) => i !== 8),
      ),
    ),
    /copy of whole.*"Ann".*"Anna"/,
  ],
  [
    'copies',
    'a snapshot that lacks somebody',
    story({
      followers: [
        {
          ...WHOLE,
          start: 'snapshot',
          connections: [
            connection(null, [...[2, 3, 4, 5, 6].map(told), mark('CAUGHT_UP', 7), ...[7, 8, 9].map(told)]),
          ],
        },
      ],
    }),
    /copy of whole.*differ/,
  ],

  [
    'durable',
    'an acknowledged write that is lost',
    withJournal(...JOURNAL.slice(0, -1)),
    /w6 was acknowledged, but .*DELETED/,
  ],
  [
    'durable',
    'a token that stands before what was written',
    withWrite('w5', { vector: { 't/user/ann/profile': 1 } }),
    /w5 was acknowledged, but .*Anna/,
  ],
  [
    'durable',
    'a write that wrote nothing, and is not so',
    withWrite('w4', { id: 'w9', sets: [{ __typename: 'SetUserName', userId: 'ann', name: 'Annie' }] }),
    /w9 was acknowledged, but .*Annie/,
  ],

  ['once', 'an effect twice', withJournal(...JOURNAL, { ...changeAt(8), seq: 3 }), /w5 is there 2 times/],
  [
    'durable',
    'a write that took nothing away, though it was there',
    withWrite('w3', {
      id: 'w9',
      sets: [{ __typename: 'SetMembership', groupId: 'g', userId: 'ann', role: null }],
    }),
    /w9 was acknowledged, but .*ann/,
  ],

  [
    'once',
    'a refused write that is there',
    withWrite('w4', { outcome: 'refused', code: 'STALE_TOKEN' }),
    /refused with STALE_TOKEN, but wrote/,
  ],

  [
    'conditional',
    'a write past its condition',
    withWrite('w5', { ifMatch: { 't/user/ann/profile': 0 } }),
    /profile@2, and its ifMatch allows only @1/,
  ],
  [
    'conditional',
    'a write to a stream that the token does not speak of',
    withWrite('w5', { ifMatch: {} }),
    /allows only @0/,
  ],

  ['excused', 'what went wrong', story({ unexcused: ['INTERNAL'] }), /INTERNAL/],

  [
    'realTime',
    'a later write before an earlier one',
    withWrite('w4', { calledAt: 100, answeredAt: 105 }),
    /w4 began after w6 was acknowledged/,
  ],
]

test.each(BROKEN)('%s finds %s', (guarantee, _, history, said) => {
  expect(VALIDATORS[guarantee](history).join('\n')).toMatch(said)
})

test('every validator has been seen to find something', () => {
  expect(new Set(BROKEN.map(([guarantee]) => guarantee))).toEqual(new Set(Object.keys(VALIDATORS)))
})

describe('what is no violation', () => {
  test('a snapshot that was cut off tells again what it told', () => {
    const cut = [connection(null, [5, 6].map(told)), connection('within', [5, 6].map(told))]
    expect(
      VALIDATORS.unique(story({ followers: [{ ...WHOLE, start: 'snapshot', connections: cut }] })),
    ).toEqual([])
  })

  test('an unknown write that is there, and one that is not', () => {
    const unknown = { outcome: 'unknown', answeredAt: null, vector: null } as const
    expect(violationsOf(withWrite('w4', unknown))).toEqual([])
    const { writes } = story()
    const lost = { ...writes[0], ...unknown, id: 'lost' } as (typeof writes)[number]
    expect(violationsOf(story({ writes: [...writes, lost] }))).toEqual([])
  })

  test('a write that found all as it wanted', () => {
    expect(violationsOf(withWrite('w4', { id: 'w9' }))).toEqual([])
  })

  test('a write that took away what was not there', () => {
    const sets = [{ __typename: 'SetMembership', groupId: 'g', userId: 'cy', role: null }]
    expect(violationsOf(withWrite('w3', { id: 'w9', sets }))).toEqual([])
  })

  test('a deleted group is not seen any more', () => {
    const deletion: Change = {
      stream: 't/group/g',
      seq: 2,
      cause: null,
      event: { __typename: 'SetGroupStatus', groupId: 'g', groupStatus: 'DELETED' },
    }
    const gone = { ...observed({ 't/group/g/members': 1 }, null), journals: { one: [...JOURNAL, deletion] } }
    expect(VALIDATORS.visible(gone)).toEqual([])
  })

  test('without a total order: commits that are told apart, and writes of other streams in another order', () => {
    const mixed = { ...withJournal(...[0, 2, 1, 3].map(changeAt)), totalOrder: false }
    expect([...VALIDATORS.atomic(mixed), ...VALIDATORS.realTime(mixed)]).toEqual([])
  })
})
