import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { badInput, excerpt } from '../../src/domain/errors.ts'
import {
  checkAttributes,
  checkEmail,
  checkId,
  checkInstant,
  checkProse,
  checkText,
  LIMITS,
} from '../../src/domain/input.ts'
import { fold, hasForbiddenCharacters, length, tidy } from '../../src/domain/text.ts'
import type { JsonObject } from '../../src/domain/user.ts'
import { anyText, units } from '../support/texts.ts'

const wild = fc.oneof(anyText, units)

describe('checkText', () => {
  test('what it lets through is tidy, within bounds, visible and free of control characters', () => {
    fc.assert(
      fc.property(wild, (text) => {
        const checked = checkText('field', text, 20)
        const expected = tidy(text)
        const good = fold(expected) !== '' && length(expected) <= 20 && !hasForbiddenCharacters(expected)
        expect(checked).toEqual(
          good ? { ok: true, value: expected } : { ok: false, error: expect.anything() },
        )
      }),
      { numRuns: 1_000 },
    )
  })

  test('what it let through, it lets through again unchanged', () => {
    fc.assert(
      fc.property(wild, (text) => {
        const once = checkText('field', text, 40)
        if (once.ok) expect(checkText('field', once.value, 40)).toEqual(once)
      }),
    )
  })

  test('counts characters, not bytes or halves of pairs', () => {
    expect(checkText('name', '💛'.repeat(LIMITS.name), LIMITS.name).ok).toBe(true)
    expect(checkText('name', '💛'.repeat(LIMITS.name + 1), LIMITS.name).ok).toBe(false)
    expect(checkText('name', 'e\u0301'.repeat(LIMITS.name), LIMITS.name).ok).toBe(true)
  })

  test.each(['\ud800', 'a\udfffb'])('refuses half of a pair: %j', (text) => {
    expect(checkText('name', text, 9)).toMatchObject({
      error: { message: expect.stringMatching(/^name: must have no control.*\\u/) },
    })
  })

  test('prose keeps its lines and spaces, may be empty, and has no other control characters', () => {
    expect(checkProse('description', '', 9)).toEqual({ ok: true, value: '' })
    expect(checkProse('description', ' a\n\tb\r\n', 9)).toEqual({ ok: true, value: ' a\n\tb\r\n' })
    expect(checkProse('description', 'a\u0007', 9)).toMatchObject({ error: { code: 'BAD_USER_INPUT' } })
    expect(checkProse('description', '0123456789', 9).ok).toBe(false)
  })
})

describe('checkEmail', () => {
  test.each([
    'a@b',
    'first.last+tag@sub.example.org',
    'ü@例え.jp',
    '12345+x@users.noreply.example.com',
    "o'neil@x.org",
  ])('takes %j', (email) => {
    expect(checkEmail('email', email)).toEqual({ ok: true, value: email })
  })

  test.each(
    [
      '',
      '@',
      'a@',
      '@b',
      'a@b@c',
      'a b@c',
      'a@b c',
      '<a@b>',
      'a@b,c@d',
      'a@b\n',
      'a@[1.2.3.4]',
      `${'x'.repeat(254)}@b`,
    ].filter((e) => e !== 'a@b\n'),
  )('refuses %j', (email) => {
    expect(checkEmail('email', email)).toMatchObject({
      ok: false,
      error: { code: 'BAD_USER_INPUT', details: { field: 'email' } },
    })
  })
})

describe('checkId', () => {
  test('ids never make a stream’s name ambiguous', () => {
    fc.assert(
      fc.property(wild, (id) => {
        if (checkId('id', id).ok) expect(id).toMatch(/^[A-Za-z0-9][^/\s]{0,63}$/)
      }),
    )
    expect(checkId('id', '0198c0de-0000-7000-8000-000000000000').ok).toBe(true)
  })
})

describe('checkInstant', () => {
  test.each([
    ['2026-10-01T12:00:00Z', '2026-10-01T12:00:00.000Z'],
    ['2026-10-01T12:00+02:00', '2026-10-01T10:00:00.000Z'],
    ['2026-10-01T12:00:00.1234567Z', '2026-10-01T12:00:00.123Z'],
    ['2024-02-29T00:00:00+02:00', '2024-02-28T22:00:00.000Z'],
  ])('takes %s as %s', (given, meant) => {
    expect(checkInstant('at', given)).toEqual({ ok: true, value: meant })
    expect(checkInstant('at', new Date(meant))).toEqual({ ok: true, value: meant })
  })

  test.each([
    '',
    'now',
    '1',
    '2026',
    'March 7',
    '2026-13-01T00:00:00Z',
    '2026-10-01T12:00:00',
    '2026-10-01T12:00:00+0200',
    '2026-10-01T24:00:00Z',
    '2026-02-31T00:00:00Z',
    '2025-02-29T12:00:00+02:00',
    '2026-04-31T00:00:00Z',
    '+010000-01-01T00:00:00Z',
    '-000001-01-01T00:00Z',
  ])('refuses %j', (text) => {
    expect(checkInstant('at', text)).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining(JSON.stringify(text)) },
    })
  })

  test('instants sort as texts', () => {
    const instant = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        const [x, y] = [checkInstant('at', a), checkInstant('at', b)]
        if (x.ok && y.ok) expect(x.value < y.value).toBe(a < b)
        else expect.fail('both are instants')
      }),
    )
  })
})

describe('checkAttributes', () => {
  const check = (value: unknown) => checkAttributes('attributes', value as JsonObject)
  const refused = (value: unknown, why: RegExp) =>
    expect(check(value)).toMatchObject({
      ok: false,
      error: { code: 'BAD_USER_INPUT', message: expect.stringMatching(why) },
    })

  test('keeps small JSON as it is, whatever its keys', () => {
    const small = fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 })
    fc.assert(
      fc.property(small, (value) => {
        const text = JSON.stringify(value)
        fc.pre(!/\\u0000|\\ud[89a-f]/i.test(text) && text.length < 1_000)
        expect(check(value)).toEqual({ ok: true, value })
      }),
    )
  })

  test.each([null, undefined, 3, 'x', true, [[]], [{}]].map((value) => [value]))('refuses %j', (value) => {
    refused(value, /^attributes: must be a JSON object/)
  })

  test('bounds depth, keys and bytes, each exactly', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) })
    expect(check(nested(LIMITS.attributesDepth)).ok).toBe(true)
    refused(nested(LIMITS.attributesDepth + 1), /nested at most 8 deep/)
    const wide = (keys: number) => Object.fromEntries(Array.from({ length: keys }, (_, i) => [`k${i}`, 1]))
    expect(check(wide(LIMITS.attributesKeys)).ok).toBe(true)
    refused(wide(LIMITS.attributesKeys + 1), /at most 256 keys in all/)
    refused({ list: Array.from({ length: 129 }, () => ({ a: 1, b: 2 })) }, /at most 256 keys in all/)
    const long = (bytes: number) => ({ a: 'é'.repeat((bytes - 8) / 2) })
    expect(check(long(LIMITS.attributesBytes)).ok).toBe(true)
    refused(long(LIMITS.attributesBytes + 2), /at most 16384 bytes of JSON \(it has 16386\)/)
  })

  test('is not overcome by depth', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const deep = `{"a":${open.repeat(200_000)}1${close.repeat(200_000)}}`
      refused(JSON.parse(deep), /nested at most 8 deep, but was \{"a":/)
    }
  })

  test('is not overcome by width', () => {
    refused({ a: Array.from({ length: 50_000 }, () => ({})) }, /bytes of JSON/)
    refused(Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, i])), /256 keys/)
    refused({ a: 'x'.repeat(5_000_000) }, /bytes of JSON/)
  })

  test('a key is just a key', () => {
    const odd = JSON.parse('{"__proto__":{"admin":true},"constructor":1,"toString":2,"":3}') as JsonObject
    const checked = check(odd)
    expect(checked).toEqual({ ok: true, value: odd })
    expect(Object.keys(checked.ok ? checked.value : {})).toContain('__proto__')
    expect(({} as Record<string, unknown>).admin).toBeUndefined()
    refused(JSON.parse(`{"__proto__":${'{"__proto__":'.repeat(50)}1${'}'.repeat(50)}}`), /nested/)
  })

  test.each([
    [{ a: 'x\0' }, /none of them NUL/],
    [{ 'x\0': 1 }, /none of them NUL/],
    [{ a: ['\ud800'] }, /whole characters/],
    [{ '\udc00': 1 }, /whole characters/],
    [JSON.parse('{"a":1e999}'), /numbers that JSON can write/],
  ])('refuses what not every engine can keep: %j', (value, why) => {
    refused(value, why)
  })
})

describe('excerpt', () => {
  test('is short, printable and well-formed, whatever the value', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), wild), (value) => {
        const shown = excerpt(value)
        expect(shown.length).toBeLessThanOrEqual(80)
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(shown.isWellFormed()).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  test('shows short values whole', () => {
    expect([excerpt('a"b'), excerpt(null), excerpt(undefined), excerpt({ a: [1, 'x'] })]).toEqual([
      '"a\\"b"',
      'null',
      'undefined',
      '{"a":[1,"x"]}',
    ])
    expect(excerpt('x'.repeat(78))).toBe(`"${'x'.repeat(78)}"`)
    expect(excerpt('x'.repeat(79))).toBe(`"${'x'.repeat(78)}…`)
    expect(excerpt(`${'x'.repeat(77)}💛`)).toBe(`"${'x'.repeat(77)}…`)
  })

  test('bad input names the field, the value and what would be right', () => {
    expect(badInput('name', 'x\u0007', 'must be y')).toEqual({
      code: 'BAD_USER_INPUT',
      message: 'name: must be y, but was "x\\u0007"',
      details: { field: 'name', value: 'x\\u{7}', wanted: 'must be y' },
    })
  })
})
