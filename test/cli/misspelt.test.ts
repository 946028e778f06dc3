import { describe, expect, test } from 'vitest'
import { SETTINGS } from '../../src/cli/config.ts'
import { misspelt } from '../../src/cli/misspelt.ts'

describe('a variable that looks like a setting', () => {
  test.each([
    ['ROLLCALL_DTA', 'ROLLCALL_DATA'],
    ['ROLLCALL_VIEW_DEADLINE', 'ROLLCALL_VIEW_DEADLINE_MS'],
    ['ROLLCALL_MAX_WEBSOCKET', 'ROLLCALL_MAX_WEBSOCKETS'],
    ['ROLLCALL_OPERATORKEY', 'ROLLCALL_OPERATOR_KEY'],
    ['ROLLCALL_PORT', 'PORT'],
  ])('%s is told of, with %s', (name, meant) => {
    expect(misspelt({ [name]: '8080' })).toEqual([`${name} is no setting, and is ignored: is it ${meant}?`])
  })

  test('and is like none is told of, too', () => {
    expect(misspelt({ ROLLCALL_COLOUR: 'blue' })).toEqual(['ROLLCALL_COLOUR is no setting, and is ignored'])
  })

  test('and is one is not, nor one of somebody else', () => {
    const all = Object.fromEntries(Object.values(SETTINGS).map(({ variable }) => [variable, 'x']))
    const ofKubernetes = {
      ROLLCALL_PORT: 'tcp://10.0.0.7:4000',
      ROLLCALL_PORT_4000_TCP_ADDR: '10.0.0.7',
      ROLLCALL_SERVICE_HOST: '10.0.0.7',
    }
    expect(misspelt({ ...all, ROLLCALL_KEY: 'x', PATH: '/bin', DATA: 'x', ...ofKubernetes })).toEqual([])
  })
})
