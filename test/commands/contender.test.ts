import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Contender } from '../../src/commands/Contender.ts'
import { groupStream, membersStream } from '../../src/domain/streams.ts'

const CROWD = membersStream('t', 'crowd')
const OTHER = membersStream('t', 'other')

/** An attempt that goes on until it is told to end. */
function attempt(name: string, log: string[]) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const run = async () => {
    log.push(name)
    await promise
    return name
  }
  return { run, end: resolve }
}

function loser(log: object, ...streams: (typeof CROWD)[]): Contender {
  const contender = new Contender(log)
  contender.lost(streams)
  return contender
}

test('those who lost a race for a stream try again one at a time, in the order in which they lost', async () => {
  const log = {}
  const begun: string[] = []
  const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ it: loser(log, CROWD), ...attempt(name, begun) }))
  const runs = [a, b, c].map((each) => each?.it.again(each.run))
  await nextTurn()
  expect(begun).toEqual(['a'])
  a?.end()
  await runs[0]
  await nextTurn()
  expect(begun).toEqual(['a', 'b'])
  // Its commit is made: the next one goes on, although this one still waits for the views.
  b?.it.won()
  await nextTurn()
  expect(begun).toEqual(['a', 'b', 'c'])
  b?.end()
  c?.end()
  expect(await Promise.all(runs)).toEqual(['a', 'b', 'c'])
})

test('an attempt that throws lets the next one go on; other streams and other logs do not wait', async () => {
  const log = {}
  const begun: string[] = []
  const first = attempt('first', begun)
  const running = loser(log, CROWD).again(first.run)
  const failing = loser(log, CROWD).again(() => Promise.reject(new Error('disk full')))
  const last = loser(log, CROWD).again(async () => begun.push('last'))
  await loser(log, OTHER).again(async () => begun.push('other stream'))
  await loser({}, CROWD).again(async () => begun.push('other log'))
  expect(begun).toEqual(['first', 'other stream', 'other log'])
  first.end()
  await running
  await expect(failing).rejects.toThrow('disk full')
  await last
  expect(begun.at(-1)).toBe('last')
})

test('two who want the same two streams never wait for each other', async () => {
  const log = {}
  const group = groupStream('t', 'crowd')
  const both = await Promise.all([
    loser(log, CROWD, group).again(async () => 'one'),
    loser(log, group, CROWD).again(async () => 'other'),
  ])
  expect(both).toEqual(['one', 'other'])
})
