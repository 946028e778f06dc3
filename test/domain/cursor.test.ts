import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cursorCodec, listScope } from '../../src/domain/cursor.ts'
import { LIMITS } from '../../src/domain/input.ts'
import { fold } from '../../src/domain/text.ts'
import type { Json } from '../../src/domain/user.ts'
import { units } from '../support/texts.ts'

const codec = cursorCodec('secret')
const key = fc.jsonValue() as fc.Arbitrary<Json>
const cursor = codec.encode('acme', 'users', ['ann', 3])
const bad = (text: string, why: RegExp, tenant = 'acme', scope = 'users') =>
  expect(codec.decode(tenant, scope, text)).toMatchObject({
    ok: false,
    error: { code: 'BAD_CURSOR', message: expect.stringMatching(why) },
  })

test('a cursor says what was put into it', () => {
  fc.assert(
    fc.property(key, fc.string(), (key, scope) => {
      const decoded = codec.decode('acme', scope, codec.encode('acme', scope, key))
      expect(decoded).toEqual({ ok: true, value: JSON.parse(JSON.stringify(key)) })
    }),
  )
})

test('the longest key that a list can have fits', () => {
  const key = [fold('\ufdfa'.repeat(LIMITS.name)), 'x'.repeat(64)]
  expect(codec.decode('acme', 'users', codec.encode('acme', 'users', key))).toEqual({ ok: true, value: key })
})

describe('BAD_CURSOR', () => {
  test('where any character was changed', () => {
    for (let at = 0; at < cursor.length; at++) {
      for (const other of ['A', 'B', '.', ' ', '=']) {
        if (cursor[at] !== other) bad(cursor.slice(0, at) + other + cursor.slice(at + 1), /malformed|altered/)
      }
    }
  })

  test('where it was cut or lengthened', () => {
    for (let size = 0; size < cursor.length; size++) bad(cursor.slice(0, size), /malformed|altered/)
    bad(`${cursor}A`, /altered/)
    bad(`${cursor}.x`, /malformed/)
    bad(`c2${cursor.slice(2)}`, /malformed/)
    bad(`${cursor}${'A'.repeat(20_000)}`, /malformed/)
  })

  test('in another tenant, list, filter, order or server', () => {
    bad(cursor, /another list/, 'globex')
    bad(cursor, /another list/, 'acme', 'groups')
    const byName = listScope('users', { order: 'NAME', search: null })
    const byEmail = listScope('users', { order: 'EMAIL', search: null })
    bad(codec.encode('acme', byName, 1), /another list, filter, order/, 'acme', byEmail)
    expect(cursorCodec('other').decode('acme', 'users', cursor).ok).toBe(false)
  })

  test('whatever the text, JSON or not: nothing is parsed that was not signed', () => {
    fc.assert(
      fc.property(units, fc.string(), (body, mac) => {
        bad(body, /./)
        bad(`c1.${Buffer.from(body).toString('base64url')}.${mac}`, /./)
      }),
    )
  })
})
