import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { LogOverlay } from '../../src/commands/overlay.ts'
import type { CommandLog } from '../../src/log/EventLog.ts'
import { importLines } from '../../src/transfer/importer.ts'

const EMPTY: CommandLog = {
  head: () => ({ seq: 0, latest: [] }),
  seqs: (streams) => streams.map(() => 0),
  claimOwner: () => null,
  recall: () => null,
  read: () => [],
  commit: () => ({ kind: 'conflict' }),
}

/** A log that answers in the next turn of the event loop, and counts the turns in which it was asked who holds what, or what was done. */
function farLog() {
  const log = new LogOverlay(EMPTY)
  let asked = 0
  let open = false
  const turn = async () => {
    if (!open) {
      open = true
      asked += 1
    }
    await nextTurn()
    open = false
  }
  const far: CommandLog = {
    head: (stream) => log.head(stream),
    seqs: (streams) => log.seqs(streams),
    read: (stream, after, limit) => log.read(stream, after, limit),
    commit: async (commit) => log.commit(commit),
    claimOwner: (...name) => turn().then(() => log.claimOwner(...name)),
    recall: (...key) => turn().then(() => log.recall(...key)),
  }
  return { far, asked: () => asked }
}

const LINES = 300
const line = (n: number, fields: object): string =>
  JSON.stringify({ at: '2026-01-01T00:00:00Z', change: `c${n}`, tenant: 'default', ...fields })

function* lines() {
  yield line(0, { op: 'createGroup', group: 'Ops' })
  for (let n = 1; n <= LINES; n++) {
    yield line(n, { op: 'createUser', username: `User${n}`, email: `u${n}@example.org` })
    yield line(n, { op: 'setMembership', group: 'Ops', username: `user${n}`, role: 'MEMBER' })
    yield line(n, { op: 'setUsername', username: `User${n}`, to: `Renamed${n}` })
  }
}

test('an import waits a few times for a log that is far away, and not line by line', async () => {
  const { far, asked } = farLog()
  const report = await importLines(far, lines(), {
    ...{ tenant: null, dryRun: false, retryBad: false },
    onBad: (number, error) => expect.fail(`${number}: ${error.message}`),
    onProgress() {},
  })
  expect(report).toMatchObject({ applied: 1 + 3 * LINES, bad: 0 })
  expect(asked()).toBeLessThan(20)
})
