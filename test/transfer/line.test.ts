import { describe, expect, test } from 'vitest'
import { parseLine } from '../../src/transfer/line.ts'

const NOW = Date.parse('2026-11-27T12:00:00Z')
const MINUTE_MS = 60_000

const at = (time: unknown) =>
  parseLine(
    JSON.stringify({ at: time, change: 'c', tenant: 'default', op: 'createUser', username: 'ada' }),
    NOW,
  )

describe('the time of a line', () => {
  test.each([
    ['2018-08-01T12:00:00Z', '2018-08-01T12:00:00.000Z'],
    ['2024-02-29T01:00:00.5+02:00', '2024-02-28T23:00:00.500Z'],
    ['2026-11-27T07:00-05:00', '2026-11-27T12:00:00.000Z'],
  ])('%s is %s', (given, meant) => {
    expect(at(given)).toMatchObject({ ok: true, value: { at: meant } })
  })

  test.each([
    '0',
    '-1',
    '1/2/2020',
    'March 7',
    '2020-01-01',
    '2020-01-01T00:00:00',
    '2020-02-31T00:00:00Z',
    '2020-01-01T00:00:00+0200',
    1_577_836_800_000,
    null,
    undefined,
  ])('%j is none', (given) => {
    expect(at(given)).toMatchObject({
      ok: false,
      error: {
        code: 'BAD_USER_INPUT',
        message: expect.stringMatching(/^at: must be an ISO 8601 date and time with its offset/),
      },
    })
  })

  test('may be a little ahead, since clocks differ, and not in the future', () => {
    const ahead = (minutes: number) => at(new Date(NOW + minutes * MINUTE_MS).toISOString())
    expect(ahead(4)).toMatchObject({ ok: true })
    expect(ahead(6)).toMatchObject({
      ok: false,
      error: { message: expect.stringMatching(/^at: must not be in the future; .*2026-11-27T12:06/) },
    })
    expect(at('2999-01-03T00:00:00Z')).toMatchObject({ ok: false })
  })
})
