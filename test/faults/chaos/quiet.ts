import { Client, CREATE_USER } from '../../support/client.ts'
import { directoryOf } from '../../support/DirectoryCopy.ts'
import type { Change } from '../../validators/history.ts'
import type { Recorder } from '../../validators/Recorder.ts'
import { mustSucceed } from './Cli.ts'
import type { ChaosNode, Cluster } from './Cluster.ts'
import type { LiveFollower } from './LiveFollower.ts'
import { changesPage } from './polls.ts'
import { replaySome } from './replay.ts'
import type { UnderWay } from './UnderWay.ts'
import { until } from './until.ts'

export interface QuietParts {
  readonly cluster: Cluster
  readonly recorder: Recorder
  readonly followers: readonly LiveFollower[]
  /** Draws the cursors that are replayed. */
  readonly seed: number
}

/** Nobody writes any more, and no fault is left: waits until all is told, and reads what there is on every node. */
export async function quietPoint(parts: QuietParts, underWay: UnderWay): Promise<void> {
  await underWay.track('all is told', () => allTold(parts))
  await underWay.track('journals', () => readJournals(parts))
  await underWay.track('directories', () => readDirectories(parts))
  const { cluster, recorder, followers, seed } = parts
  mustSucceed(recorder, 'verify', await underWay.track('verify', () => cluster.verify()))
  await underWay.track('replays', () => replaySome(cluster, recorder, followers, seed))
}

async function allTold({ cluster, recorder, followers }: QuietParts): Promise<void> {
  const ready = (node: ChaosNode) => until(() => isReady(node), `${node.name} is not ready`, recorder)
  await Promise.all(cluster.nodes.map(ready))
  await level(cluster, recorder)
  await until(() => cluster.isLevel(), 'the views are not level', recorder)
  recorder.unexcused.push(...cluster.amiss)
  await Promise.all(
    followers.map((follower) =>
      until(() => isLevel(follower), `${follower.record.name} is not level`, recorder),
    ),
  )
}

async function readJournals({ cluster, recorder }: QuietParts): Promise<void> {
  for (const node of cluster.nodes) await readJournal(recorder, node, cluster.operatorKey)
}

async function readDirectories({ cluster, recorder }: QuietParts): Promise<void> {
  const shown = cluster.nodes.map(async ({ name, url }) => {
    const client = new Client(url, cluster.operatorKey)
    return [name, await directoryOf(client)] as const
  })
  recorder.shows(Object.fromEntries(await Promise.all(shown)))
}

async function isReady({ url }: ChaosNode): Promise<boolean> {
  return (await fetch(`${url}/readyz`)).ok
}

/** Until every node shows what was written last. */
export const level = (cluster: Cluster, recorder: Recorder): Promise<void> =>
  until(() => passesFence(cluster), 'the nodes are not level', recorder)

/** Writes at each node, and reads what was written last at each. Rejects where one does not answer as it should. */
async function passesFence({ nodes, operatorKey }: Cluster): Promise<boolean> {
  const clients = nodes.map(({ url }) => new Client(url, operatorKey))
  let atLeast: string | null = null
  for (const client of clients) {
    const username = `fence-${performance.now()}`
    atLeast = (await client.ask(CREATE_USER, { input: { username } })).createUser.token
  }
  const query = 'query ($atLeast: ConsistencyToken) { users(first: 1, atLeast: $atLeast) { token } }'
  for (const client of clients) await client.ask(query, { atLeast })
  return true
}

/** Nothing comes after its last cursor. */
async function isLevel({ node, key, kind, lastCursor, hasCaughtUp, record }: LiveFollower): Promise<boolean> {
  // Refused for good: it will never be.
  if (record.connections.some(({ refusal }) => refusal !== null)) return true
  if (!hasCaughtUp) return false
  const { nodes, pageInfo } = await changesPage(new Client(node.url, key), 1, lastCursor, kind.filter)
  return nodes.length === 0 && !pageInfo.hasNextPage
}

/** From its beginning: what was read before must be there as it was. */
async function readJournal(recorder: Recorder, { name, url }: ChaosNode, key: string): Promise<void> {
  const journal = recorder.journal(name)
  const client = new Client(url, key)
  const before = journal.length
  const fresh: Change[] = []
  for (let after: string | null = null; ; ) {
    const { nodes, pageInfo } = await changesPage(client, 1_000, after, {})
    fresh.push(...nodes.map((change) => recorder.change(change)))
    if (!pageInfo.hasNextPage) break
    after = pageInfo.endCursor
  }
  const rewritten = journal.findIndex((change, place) => fresh[place] !== change)
  if (rewritten >= 0)
    recorder.unexcused.push(`the journal of ${name} is another than before, from ${rewritten} on`)
  journal.push(...fresh.slice(before))
}
