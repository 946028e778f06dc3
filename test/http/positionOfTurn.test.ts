import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { PositionOfTurn } from '../../src/http/PositionOfTurn.ts'

test('a position is known until the turn of the event loop ends, and no longer', async () => {
  let at = 7
  const position = new PositionOfTurn({ position: async () => at })
  expect(position.known).toBeNull()
  expect(await position.ask()).toBe(7)
  expect(position.known).toBe(7)

  at = 8
  expect(await position.ask()).toBe(8)
  expect(position.known).toBe(8)

  await nextTurn()
  expect(position.known).toBeNull()
})
