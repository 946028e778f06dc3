import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { endOfTurn } from '../../src/http/endOfTurn.ts'

it('lets all who wait in a turn go on together at its end, and those of the next turn at the end of that', async () => {
  const happened: string[] = []
  const wait = (name: string) => endOfTurn().then(() => happened.push(name))
  void wait('first')
  await Promise.resolve()
  void wait('second')
  happened.push('still in the turn')
  await nextTurn()
  expect(happened).toEqual(['still in the turn', 'first', 'second'])
  void wait('third')
  await Promise.resolve()
  expect(happened).toHaveLength(3)
  await nextTurn()
  expect(happened.at(-1)).toBe('third')
})
