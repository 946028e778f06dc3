import { describe, expect, test } from 'vitest'
import { createProgress } from '../../src/cli/progress.ts'
import { recordTerminal } from './support.ts'

function progressOn(terminal: ReturnType<typeof recordTerminal>) {
  const clock = { ms: 0 }
  const progress = createProgress({ things: 'lines', terminal, now: () => clock.ms })
  return { clock, progress }
}

describe('progress where nobody looks', () => {
  test('is a line for every tenth, and at most one a second', () => {
    const terminal = recordTerminal()
    const { clock, progress } = progressOn(terminal)
    for (let step = 1; step <= 1_000; step++) {
      clock.ms = step * 4
      progress.update(step, step / 1_000)
    }
    expect(terminal.noted).toHaveLength(4)
    expect(terminal.noted[0]).toBe(' 25 %  250 lines, 250/s, 3 s to go')
  })

  test('is not told by the second while less than a tenth is done', () => {
    const terminal = recordTerminal()
    const { clock, progress } = progressOn(terminal)
    clock.ms = 60_000
    progress.update(99, 0.099)
    expect(terminal.noted).toEqual([])
    progress.update(100, 0.1)
    expect(terminal.noted).toHaveLength(1)
  })

  test('is told by the second where the end is not known', () => {
    const terminal = recordTerminal()
    const { clock, progress } = progressOn(terminal)
    for (clock.ms = 500; clock.ms <= 3_000; clock.ms += 500) progress.update(clock.ms, null)
    expect(terminal.noted).toHaveLength(3)
    expect(terminal.drawn).toEqual([])
  })

  test('ends with the total', () => {
    const terminal = recordTerminal()
    const { clock, progress } = progressOn(terminal)
    clock.ms = 2_500
    progress.end(23_123)
    expect(terminal.noted).toEqual(['23,123 lines, 9,249/s, in 2.5 s'])
  })
})

describe('progress on a terminal', () => {
  test('is a bar that is drawn over itself, within the line', () => {
    const terminal = recordTerminal({ interactive: true, columns: 40 })
    const { clock, progress } = progressOn(terminal)
    for (let step = 1; step <= 100; step++) {
      clock.ms = step * 10
      progress.update(step, step / 100)
    }
    expect(terminal.drawn).toHaveLength(10)
    expect(terminal.drawn[4]).toMatch(/^\r\[={12} {12}\] {2}50 %/)
    for (const text of terminal.drawn) expect(text).toHaveLength(40)

    progress.end(100)
    expect(terminal.drawn.at(-1)).toBe('\r\x1b[2K')
  })
})
