import { describe, expect, test } from 'vitest'
import { createLogger } from '../../src/cli/logger.ts'
import { readableLines } from '../../src/cli/readableLog.ts'

function capture() {
  const lines: string[] = []
  return { lines, destination: { write: (line: string) => void lines.push(line) } }
}

describe('the logger', () => {
  test('writes JSON with an ISO time and the level by name', () => {
    const { lines, destination } = capture()
    createLogger('info', destination).info({ port: 4000 }, 'listening')
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      port: 4000,
      msg: 'listening',
    })
  })

  test('says nothing below its level', () => {
    const { lines, destination } = capture()
    createLogger('warn', destination).info('hidden')
    expect(lines).toEqual([])
  })

  test.each([
    { authorization: 'Bearer hush' },
    { secret: 'hush' },
    { config: { operatorKey: 'hush' } },
    { headers: { cookie: 'hush', 'set-cookie': 'hush' } },
    { req: { headers: { authorization: 'hush', cookie: 'hush' } } },
    { res: { headers: { 'set-cookie': 'hush' } } },
  ])('never writes a secret: %j', (fields) => {
    const { lines, destination } = capture()
    createLogger('info', destination).info(fields, 'request')
    expect(lines.join('')).toContain('[hidden]')
    expect(lines.join('')).not.toContain('hush')
  })
})

describe('readable lines', () => {
  test('show the time, the level, the message and the facts', () => {
    const { lines, destination } = capture()
    const logger = createLogger('info', readableLines(destination.write))
    logger.info({ port: 4000, paths: ['/a'] }, 'listening')
    expect(lines.join('')).toMatch(/^\d\d:\d\d:\d\d info {2}listening port=4000 paths=\["\/a"\]\n$/)
  })

  test('keep the stack of an error', () => {
    const { lines, destination } = capture()
    const logger = createLogger('info', readableLines(destination.write))
    logger.error(new Error('it broke'))
    expect(lines.join('')).toMatch(/error it broke\nError: it broke\n {4}at /)
  })
})
