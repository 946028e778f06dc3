import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Write } from '../../validators/history.ts'
import type { Recorder } from '../../validators/Recorder.ts'
import { mustSucceed } from './Cli.ts'
import type { ChaosNode, Cluster } from './Cluster.ts'
import { type ClusterFault, fault } from './ClusterFault.ts'
import type { LiveFollower } from './LiveFollower.ts'

export interface FaultParts {
  readonly cluster: Cluster
  readonly recorder: Recorder
  readonly followers: readonly LiveFollower[]
  /** A follower who begins now, on the node with this number. */
  readonly join: (node: number) => void
}

/** What can go wrong with the gateways of any cluster and those who use it, and what goes on beside; then what is the cluster's own. */
export function faultsOf(parts: FaultParts): readonly ClusterFault[] {
  const { cluster, followers, join: joinNow } = parts
  const node = (whom: number) => cluster.nodes[whom % cluster.nodes.length] as ChaosNode
  return [
    fault('cut', 3, async ({ whom }) => node(whom).cut()),
    fault('kill', 3, ({ whom }) => node(whom).kill()),
    fault('restart', 1, ({ whom }) => node(whom).restart()),
    fault('freeze', 2, ({ whom, ms }) => node(whom).freeze(ms)),
    fault('stall', 2, async ({ whom, ms }) => followers[whom % followers.length]?.stall(ms)),
    fault('newcomer', 5, async ({ whom }) => joinNow(whom)),
    fault('import', 1, () => importSome(parts, null)),
    fault('importKilled', 1, ({ ms }) => importSome(parts, ms)),
    ...cluster.faults,
  ]
}

const LINES = 20
let imports = 0

/** Another process that writes; one that is killed is run again, and does the rest. */
async function importSome({ cluster, recorder }: FaultParts, killAfterMs: number | null): Promise<void> {
  imports += 1
  const users = Array.from({ length: LINES }, (_, i) => `import${imports}-${i}`)
  const calledAt = recorder.now()
  await inFolder(async (folder) => {
    const file = join(folder, 'some.ndjson')
    await writeFile(file, users.map(lineOf).join(''))
    if (killAfterMs !== null) await cluster.importFile(file, AbortSignal.timeout(killAfterMs))
    mustSucceed(recorder, 'an import', await cluster.importFile(file))
  })
  recorder.writes.push(...users.map((id) => importedAs(id, calledAt, recorder.now())))
}

const lineOf = (id: string): string =>
  `${JSON.stringify({ at: new Date().toISOString(), change: id, tenant: 'default', op: 'createUser', username: id, id })}\n`

const importedAs = (id: string, calledAt: number, answeredAt: number): Write => ({
  id,
  op: 'import',
  calledAt,
  answeredAt,
  outcome: 'acknowledged',
  code: null,
  attempts: 1,
  sets: [{ __typename: 'SetUsername', userId: id, username: id }],
  vector: null,
  ifMatch: null,
})

async function inFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-chaos-'))
  try {
    await act(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
