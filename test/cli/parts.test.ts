import { expect, test } from 'vitest'
import { opening } from '../../src/cli/run/Parts.ts'

/** Notes when it is closed, and then fails if it is told to. */
function closable(closed: string[], name: string, fails = false) {
  const close = async () => {
    closed.push(name)
    if (fails) throw new Error(`${name} cannot be closed`)
  }
  return { close }
}

test('closes what was opened in the opposite order, all of it where one cannot be closed', async () => {
  const closed: string[] = []
  const opened = await opening(async (parts) => {
    parts.add(closable(closed, 'log'))
    parts.add(closable(closed, 'journal', true))
    parts.add(closable(closed, 'views', true))
    return {}
  })
  await expect(opened.close()).rejects.toThrow('views cannot be closed')
  expect(closed).toEqual(['views', 'journal', 'log'])
})

test('closes what is open where the next cannot be opened, and tells of that alone', async () => {
  const closed: string[] = []
  const failing = opening(async (parts) => {
    parts.add(closable(closed, 'log', true))
    return parts.open(Promise.reject(new Error('no views')))
  })
  await expect(failing).rejects.toThrow('no views')
  expect(closed).toEqual(['log'])
})
