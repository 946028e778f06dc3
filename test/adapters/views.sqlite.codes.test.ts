import fc from 'fast-check'
import { expect, test } from 'vitest'
import { iso } from '../../src/views/codes.ts'

test('times are written as Date writes them, in every year that a Date can hold', () => {
  const instant = fc.date({ noInvalidDate: true }).map((date) => date.getTime())
  fc.assert(
    fc.property(instant, (ms) => {
      expect(iso(ms)).toBe(new Date(ms).toISOString())
    }),
    { examples: [[0], [-1], [86_399_999], [86_400_000], [1_767_225_600_007], [-62_167_219_200_001]] },
  )
})
