import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tokenCodec } from '../../../src/domain/token.ts'
import { openSqliteLog } from '../../../src/log/sqlite/SqliteLog.ts'
import { Cli } from './Cli.ts'
import { type Cluster, OPERATOR_KEY } from './Cluster.ts'
import { fault } from './ClusterFault.ts'
import { ServeNode } from './ServeNode.ts'
import { vectorsIn } from './vectorsIn.ts'
import { whileAllAreDown } from './whileAllAreDown.ts'

/** Processes of `rollcall serve` on one folder, in a temporary place. */
export async function embeddedCluster(names: readonly string[]): Promise<Cluster> {
  const data = await mkdtemp(join(tmpdir(), 'rollcall-chaos-'))
  const environment = { ROLLCALL_DATA: data, ROLLCALL_OPERATOR_KEY: OPERATOR_KEY }
  const amiss: string[] = []
  const onAmiss = (what: string) => amiss.push(what)
  const nodes: ServeNode[] = []
  for (const name of names) nodes.push(await ServeNode.start({ name, environment, onAmiss }))
  const { tokens, totalOrder } = await factsOf(join(data, 'log.sqlite'))

  const cli = new Cli(environment)
  const backUp = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-chaos-'))
    const { code, stdout, stderr } = await cli.run(['backup', join(folder, 'backup'), '--data', data])
    if (code !== 0) amiss.push(`a backup ended with ${code}: ${stdout}${stderr}`)
    await rm(folder, { recursive: true })
  }

  return {
    nodes,
    operatorKey: OPERATOR_KEY,
    totalOrder,
    vectorOf: vectorsIn(tokens),
    faults: [
      fault('backup', 1, backUp),
      fault('loseViews', 1, () => cli.without(() => whileAllAreDown(nodes, () => removeViews(data)))),
    ],
    amiss,
    calm: async () => {},
    isLevel: async () => true,
    importFile: (file, signal) => cli.run(['import', file, '--data', data], signal),
    verify: () => cli.run(['verify', '--deep', '--data', data]),
    async close() {
      await Promise.all(nodes.map((node) => node.close()))
      await rm(data, { recursive: true, force: true })
    },
  }
}

async function removeViews(data: string): Promise<void> {
  for (const name of await readdir(data)) if (name.startsWith('views-')) await rm(join(data, name))
}

async function factsOf(file: string) {
  const log = await openSqliteLog({ file })
  const facts = { tokens: tokenCodec(log.secret, log.epoch), totalOrder: log.capabilities.totalOrder }
  await log.close()
  return facts
}
