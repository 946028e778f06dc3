import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { StateOfTurn } from '../../src/http/StateOfTurn.ts'

test('the state of views is known until the turn of the event loop ends, and no longer', async () => {
  let at = 7
  const state = new StateOfTurn({ state: async () => ({ version: `v${at}`, covers: at }) })
  expect(state.known).toBeNull()
  expect(await state.ask()).toEqual({ version: 'v7', covers: 7 })
  expect(state.known).toEqual({ version: 'v7', covers: 7 })

  at = 8
  expect(await state.ask()).toEqual({ version: 'v8', covers: 8 })
  expect(state.known).toEqual({ version: 'v8', covers: 8 })

  await nextTurn()
  expect(state.known).toBeNull()
})
