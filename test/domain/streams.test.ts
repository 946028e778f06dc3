import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeEvent,
  EVENT_TYPES,
  type Event,
  encodeEvent,
  type UnknownEvent,
  whyUnknown,
} from '../../src/domain/events.ts'
import { holds, SCOPES } from '../../src/domain/scopes.ts'
import { hashSecret } from '../../src/domain/secrets.ts'
import { parseStream, type StreamKind, streamName, TENANTS_STREAM } from '../../src/domain/streams.ts'
import { transitionSeq } from '../../src/domain/transition.ts'

describe('streams', () => {
  const id = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._~-]{0,20}$/)
  const kind = fc.constantFrom<StreamKind>('user', 'profile', 'keys', 'group', 'members')

  test('a name and its parts are one', () => {
    fc.assert(
      fc.property(kind, id, id, (kind, tenant, id) => {
        const parts = { kind, tenant, id }
        expect(parseStream(streamName(parts))).toEqual(parts)
      }),
    )
    expect(parseStream(TENANTS_STREAM)).toEqual({ kind: 'tenants', tenant: '', id: '' })
  })

  test('whatever is read as a name is written the same', () => {
    const piece = fc.constantFrom(
      '',
      'a',
      'user',
      'group',
      'profile',
      'keys',
      'members',
      'tenants',
      'constructor',
      '__proto__',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const name = pieces.join('/')
        const parts = parseStream(name)
        if (parts !== null) expect(streamName(parts)).toBe(name)
      }),
      { numRuns: 5_000 },
    )
  })

  test.each([
    '',
    'a',
    'a/user',
    'a/user/',
    '/user/x',
    'a/user/x/',
    'a/user/x/keys/',
    'a/group/x/profile',
    'a/user/x/y/z',
    'tenants/',
  ])('%j is none', (name) => {
    expect(parseStream(name)).toBeNull()
  })
})

describe('transitionSeq', () => {
  test('applies the next one and no other', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (applied, seq) => {
        expect(transitionSeq(applied, seq)).toBe(
          seq === applied + 1 ? 'apply' : seq <= applied ? 'duplicate' : 'gap',
        )
      }),
    )
    expect([transitionSeq(0, 1), transitionSeq(1, 1), transitionSeq(1, 2), transitionSeq(1, 3)]).toEqual([
      'apply',
      'duplicate',
      'apply',
      'gap',
    ])
  })

  test('events in any order, any number of times, end up applied once each as far as there is no gap', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 })), (deliveries) => {
        let applied = 0
        for (const seq of deliveries) if (transitionSeq(applied, seq) === 'apply') applied = seq
        for (let seq = 1; seq <= applied; seq++) expect(deliveries).toContain(seq)
      }),
    )
  })
})

describe('events', () => {
  const event: Event = {
    type: 'SetUserAttributes',
    userId: 'ann',
    attributes: JSON.parse('{"__proto__":{"a":1},"type":"x"}'),
  }

  test('are read as they were written', () => {
    const { name, version, data } = encodeEvent(event)
    expect(decodeEvent(name, version, data)).toEqual(event)
    expect(data).not.toContain('"type":"SetUserAttributes"')
  })

  test.each([
    ['SetMood', 1],
    ['SetUsername', EVENT_TYPES.SetUsername.version + 1],
    ['constructor', 1],
    ['__proto__', 0],
    ['toString', 1],
  ])('%s of version %i is kept as unknown', (name, version) => {
    expect(decodeEvent(name, version, '{"x":1}')).toEqual({ type: 'Unknown', name, data: '{"x":1}' })
  })

  test.each(['null', '7', '"text"', '[]'])('data that is %s is a fault', (data) => {
    const unreadable = { type: 'Unknown', name: 'SetUsername', data, fault: 'its data is no object' }
    expect(decodeEvent('SetUsername', 1, data)).toEqual(unreadable)
    expect(decodeEvent('SetMood', 1, data)).toEqual({ type: 'Unknown', name: 'SetMood', data })
  })

  test('a fault repeats nothing of the data', () => {
    const read = decodeEvent('SetApiKey', 1, '{"hash":"secret') as UnknownEvent
    expect(whyUnknown(read)).toBe('cannot be read: its data is no JSON')
  })
})

test('ADMIN includes every scope, a writer may read, nothing else includes anything', () => {
  for (const held of SCOPES) {
    for (const wanted of SCOPES) {
      const expected =
        held === 'ADMIN' || held === wanted || (held === 'DIRECTORY_WRITE' && wanted === 'DIRECTORY_READ')
      expect(holds([held], wanted), `${held} for ${wanted}`).toBe(expected)
    }
  }
  expect(SCOPES.filter((scope) => holds([], scope))).toEqual([])
})

test('secrets have the same hash only if they are equal', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(hashSecret(a) === hashSecret(b)).toBe(a === b)
    }),
  )
})
