import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type StreamName, userStream } from '../../src/domain/streams.ts'
import type { PlacedEvent } from '../../src/log/StoredLog.ts'
import { Arranger, divide, type Together } from '../../src/log/sqlite/copy/Arranger.ts'
import { META } from '../conformance/eventLog/commits.ts'

const streams = ['a', 'b', 'c', 'd'].map((id) => userStream('acme', id))

const event = (stream: StreamName, seq: number, commit: string, at = META.at): PlacedEvent => ({
  ...{ stream, seq, commit, name: 'SetUsername', version: 1, data: '{}', position: 0 },
  meta: { ...META, at },
})

/** Commits as a log took them, one after the other. */
const history = fc
  .array(
    fc.record({ names: fc.uniqueArray(fc.constantFrom(...streams), { minLength: 1 }), key: fc.nat(9) }),
    {
      maxLength: 30,
    },
  )
  .map((commits) => {
    const seqs = new Map<StreamName, number>()
    return commits.map(({ names, key }, n) => {
      const events = names.map((stream) => {
        const seq = (seqs.get(stream) ?? 0) + 1
        seqs.set(stream, seq)
        return event(stream, seq, `c${n}`)
      })
      return { key, events }
    })
  })

function arranged(groups: readonly Together[]) {
  const seqs = new Map<StreamName, number>()
  const written: Together[] = []
  const arranger = new Arranger(
    (stream) => seqs.get(stream) ?? 0,
    (events) => {
      for (const { stream, seq } of events) {
        expect([stream, seq]).toEqual([stream, (seqs.get(stream) ?? 0) + 1])
        seqs.set(stream, seq)
      }
      written.push(events)
    },
  )
  for (const events of groups) arranger.add(events)
  arranger.end()
  return written
}

describe('commits that are arranged', () => {
  it('are all there, whole, in the order of each stream, by whatever key they come', () => {
    fc.assert(
      fc.property(history, (commits) => {
        const groups = commits.toSorted((a, b) => a.key - b.key).map(({ events }) => events)
        const written = arranged(groups)
        expect(new Set(written)).toEqual(new Set(groups))
        expect(written).toHaveLength(groups.length)
      }),
    )
  })

  it('stay as they came where nothing is in the way', () => {
    fc.assert(
      fc.property(history, (commits) => {
        const groups = commits.map(({ events }) => events)
        expect(arranged(groups)).toEqual(groups)
      }),
    )
  })

  it('are taken apart where each needs the other first, since they are not as they were', () => {
    const [a, b] = streams as [StreamName, StreamName]
    const one = [event(a, 1, 'one'), event(b, 2, 'one')]
    const other = [event(a, 2, 'other'), event(b, 1, 'other')]
    const written = arranged([one, other])
    expect(written.flat()).toHaveLength(4)
    expect(written.every((events) => events.length === 1)).toBe(true)
  })

  it('hold of a stream only what stood side by side, at one time', () => {
    const [a, b] = streams as [StreamName, StreamName]
    const late = '2031-01-01T00:00:00.000Z'
    const events = [
      event(a, 1, 'x'),
      event(a, 2, 'x'),
      event(a, 4, 'x'),
      event(b, 1, 'x'),
      event(b, 2, 'x', late),
    ]
    const seqs = divide(events).map((group) => group.map(({ stream, seq }) => `${stream} ${seq}`))
    expect(seqs).toEqual([
      [`${a} 1`, `${a} 2`, `${b} 1`],
      [`${a} 4`, `${b} 2`],
    ])
  })
})
