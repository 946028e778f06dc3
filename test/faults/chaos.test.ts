import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { tally } from '../validators/tally.ts'
import { violationsOf } from '../validators/violations.ts'
import type { Cluster } from './chaos/Cluster.ts'
import { embeddedCluster } from './chaos/embedded.ts'
import { openSharedClusters } from './chaos/shared.ts'
import { ROUND, World } from './chaos/World.ts'

const SECONDS = Number(process.env.ROLLCALL_CHAOS_SECONDS ?? 60)
const SEED = Number(process.env.ROLLCALL_CHAOS_SEED ?? Math.floor(Math.random() * 1_000_000))
/** Of one directory: past them another begins, from nothing. */
const ROUNDS = 2
/** So many where one of the faults has not happened yet, which is up to what comes by. */
const MAX_ROUNDS = 5
const CLOSE_MS = 30_000
/** A minute in ten. */
const RELAY_STOP_MS = SECONDS * 100

type OpenCluster = (names: readonly string[]) => Promise<Cluster>

async function liveThrough(openCluster: OpenCluster, seed: number, deadline: number): Promise<void> {
  const cluster = await openCluster(['one', 'two'])
  try {
    await liveIn(await World.begin(cluster), seed, deadline)
  } finally {
    await closeSoon(cluster)
  }
}

/** What hangs must not hide why the test fails. */
const closeSoon = (cluster: Cluster): Promise<void> =>
  Promise.race([cluster.close(), delay(CLOSE_MS, undefined, { ref: false })])

/**
 * The same seed draws the same commands and faults; how they fall together is up to the machine. It ends with a round of faults, and goes
 * on with more where nothing came by that a fault could befall.
 */
async function liveIn(world: World, seed: number, deadline: number): Promise<void> {
  try {
    for (const [i, episode] of world.episodes(seed, MAX_ROUNDS).entries()) {
      await world.live(episode)
      await world.quiet(seed)
      process.stderr.write(`seed ${seed}: ${tally(world.history)}\n`)
      const violations = violationsOf(world.history)
      if (violations.length > 0) expect.fail(await told(seed, violations, world.history))
      if ((i + 1) % ROUND > 0) continue
      process.stderr.write(
        `seed ${seed}: ${[...world.happened].map(([fault, n]) => `${n} ${fault}`).join(', ')}\n`,
      )
      const isEnough = performance.now() > deadline || i + 1 >= ROUNDS * ROUND
      if (isEnough && neverHappened(world).length === 0) return
    }
    expect(neverHappened(world)).toEqual([])
  } finally {
    await world.end()
  }
}

const neverHappened = ({ happened }: World): readonly string[] =>
  [...happened].filter(([, count]) => count === 0).map(([fault]) => fault)

async function told(seed: number, violations: readonly string[], history: object): Promise<string> {
  const file = join(tmpdir(), `rollcall-chaos-${seed}.json`)
  await writeFile(file, JSON.stringify({ seed, violations, history }))
  return [`ROLLCALL_CHAOS_SEED=${seed}; the history is in ${file}`, ...violations.slice(0, 20)].join('\n')
}

const sharedCluster = await openSharedClusters(RELAY_STOP_MS)

describe.each([
  ['in one folder', embeddedCluster],
  ['over DynamoDB, Kinesis and PostgreSQL', sharedCluster],
] as const)('%s', (_, openCluster) => {
  test.skipIf(openCluster === null)(
    `through ${SECONDS} s of cuts, kills, freezes, slow readers and other processes every promise is kept (seed ${SEED})`,
    { timeout: (SECONDS + 600) * 1_000 },
    async () => {
      const deadline = performance.now() + SECONDS * 1_000
      for (let seed = SEED; performance.now() < deadline; seed++) {
        if (openCluster !== null) await liveThrough(openCluster, seed, deadline)
      }
    },
  )
})
