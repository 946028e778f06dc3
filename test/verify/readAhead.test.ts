import { expect, test } from 'vitest'
import { groupStream, membersStream, userStream } from '../../src/domain/streams.ts'
import type { StreamRange } from '../../src/ops/past.ts'
import { readAhead } from '../../src/verify/readAhead.ts'
import { MemoryLog } from '../feed/fakes.ts'

const [a, b, none] = [userStream('acme', 'a'), userStream('acme', 'b'), groupStream('acme', 'none')]

test('streams are read whole, and only what came since is fetched when they are wanted', async () => {
  const log = new MemoryLog()
  const first = [log.append('acme', 'a'), log.append('acme', 'a'), log.append('acme', 'b')]
  const fetched: StreamRange[] = []
  const readWhole = await readAhead(
    {
      readAll: (streams) => Promise.all(streams.map((stream) => log.read(stream, 0, 100))),
      async readRanges(ranges) {
        fetched.push(...ranges)
        return log.readRanges(ranges)
      },
    },
    [a, b, none],
  )
  expect(fetched).toEqual([])
  const later = [log.append('acme', 'a'), log.append('acme', 'a')]
  const [one, two, three] = first
  expect(await readWhole([a, b, none])).toEqual([one, two, ...later, three])
  expect(fetched.map(({ stream, after }) => [stream, after])).toEqual([
    [a, 2],
    [b, 1],
    [none, 0],
  ])
})

test('a stream that was not read ahead is read from its beginning', async () => {
  const log = new MemoryLog()
  const event = log.append('acme', 'a')
  const readAll = async () => [[]]
  const readWhole = await readAhead({ readAll, readRanges: log.readRanges.bind(log) }, [
    membersStream('acme', 'g'),
  ])
  expect(await readWhole([a])).toEqual([event])
})
