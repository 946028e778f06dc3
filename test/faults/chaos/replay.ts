import fc from 'fast-check'
import { Client } from '../../support/client.ts'
import { Follower } from '../../support/follower.ts'
import type { Change } from '../../validators/history.ts'
import { partsOf, startCursor } from '../../validators/Journal.ts'
import type { Recorder } from '../../validators/Recorder.ts'
import type { ChaosNode, Cluster } from './Cluster.ts'
import type { LiveFollower } from './LiveFollower.ts'
import { changesPage } from './polls.ts'
import { Ended } from './Source.ts'

/** At each quiet point, beside those that followers started with. */
const SAMPLED = 12

/** Records what somebody is told from cursors that were handed out: from each start once, and from some that are drawn. */
export async function replaySome(
  cluster: Cluster,
  recorder: Recorder,
  followers: readonly LiveFollower[],
  seed: number,
): Promise<void> {
  const journal = recorder.journal(cluster.nodes[0]?.name ?? '').length
  const chosen = [...startsOf(recorder, followers), ...drawn(followers, seed)]
  for (const [i, { follower, cursor }] of chosen.entries()) {
    const node = cluster.nodes[i % cluster.nodes.length] as ChaosNode
    const told = await (i % 3 === 0 ? pagesFrom : subscriptionFrom)(node, follower, cursor)
    const rest = told.changes.map((change) => recorder.change(change))
    recorder.replays.push({ follower: follower.record.name, cursor, journal, rest, refusal: told.refusal })
  }
}

interface Chosen {
  readonly follower: LiveFollower
  readonly cursor: string
}

const startsOf = ({ replays }: Recorder, followers: readonly LiveFollower[]): Chosen[] =>
  followers.flatMap((follower) => {
    const cursor = startCursor(follower.record)
    const isKnown = replays.some(
      (replay) => replay.follower === follower.record.name && replay.cursor === cursor,
    )
    return cursor === undefined || isKnown ? [] : [{ follower, cursor }]
  })

/** Cursors of a snapshot lead through the rest of it, so those are not for this. */
function drawn(followers: readonly LiveFollower[], seed: number): Chosen[] {
  const all = followers.flatMap((follower) =>
    partsOf(follower.record).flatMap(({ journal }) => journal.map(({ cursor }) => ({ follower, cursor }))),
  )
  if (all.length === 0) return []
  return fc.sample(fc.constantFrom(...all), { seed, numRuns: SAMPLED })
}

interface ToldFrom {
  readonly changes: readonly Change[]
  readonly refusal: string | null
}

async function pagesFrom({ url }: ChaosNode, { key, kind }: LiveFollower, cursor: string): Promise<ToldFrom> {
  const client = new Client(url, key)
  const changes: Change[] = []
  for (let after = cursor; ; ) {
    try {
      const { nodes, pageInfo } = await changesPage(client, 200, after, kind.filter)
      changes.push(...nodes)
      if (!pageInfo.hasNextPage) return { changes, refusal: null }
      after = pageInfo.endCursor
    } catch (error) {
      if (!(error instanceof Ended)) throw error
      return { changes, refusal: error.message }
    }
  }
}

/** By the client that people use. */
async function subscriptionFrom(
  { url }: ChaosNode,
  { key, kind }: LiveFollower,
  cursor: string,
): Promise<ToldFrom> {
  const follower = new Follower(url, key, cursor, 'default', { filter: { ...kind.filter } })
  try {
    return { changes: await follower.untilCaughtUp(), refusal: null }
  } catch (error) {
    return { changes: [], refusal: String(error) }
  } finally {
    await follower.close()
  }
}
