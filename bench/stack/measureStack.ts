import { hasJava } from '../../stack/engines/java.ts'
import type { Part } from '../../stack/Part.ts'
import { Stack } from '../../stack/Stack.ts'
import { type Latency, latency } from '../feed/latency.ts'
import { Swarm } from '../feed/Swarm.ts'
import type { LoadTool } from '../load/Load.ts'
import { type Endpoint, type Measurement, measure, type Site } from '../measure.ts'
import type { Rounds, StackPlan } from '../plan.ts'
import { ROWS, type RowName } from '../rows.ts'
import { sample } from '../sample.ts'
import { OPERATOR_KEY } from '../servers.ts'
import { enginesOf, placesOf } from './places.ts'
import { startPostGraphile } from './postgraphile.ts'
import { type Sync, sync } from './sync.ts'

export interface StackFinding {
  readonly users: number
  readonly sync: Sync
  /** Of writes at one gateway to a follower at the other. */
  readonly delivery: Latency
  readonly measurements: readonly Measurement[]
}

export const peerOf = ({ measurements }: StackFinding, row: RowName): Measurement | undefined =>
  measurements.find((each) => each.row === row && each.contender === 'postgraphile')

export interface StackRun {
  readonly tool: LoadTool
  /** For the engines' data. */
  readonly folder: string
  readonly say: (line: string) => void
}

/** All of rollcall past one machine, on this machine, with two gateways. Null where there is no Java for DynamoDB Local. */
export async function measureStack(plan: StackPlan, run: StackRun): Promise<StackFinding | null> {
  if (!hasJava()) {
    run.say('The stack is not measured: DynamoDB Local needs Java 17 or newer, and there is none')
    return null
  }
  run.say('starting the stack …')
  // The gateways inherit it, as in servers.ts.
  process.env.NODE_ENV = 'production'
  const stack = await Stack.prepare({
    port: 0,
    gateways: 2,
    data: run.folder,
    operatorKey: OPERATOR_KEY,
  })
  try {
    await stack.start()
    return await measureStarted(stack, plan, run)
  } finally {
    await stack.close()
  }
}

const WRITES: readonly RowName[] = ['createUser']
const READS = ROWS.map(({ name }) => name).filter((name) => !WRITES.includes(name))

async function measureStarted(stack: Stack, plan: StackPlan, { tool, say }: StackRun): Promise<StackFinding> {
  // It works for others, and would share the cores.
  await stack.part('transform').stop()
  const places = await placesOf(stack)
  const synced = await sync(stack, places, plan.users, say)
  const [one, other] = stack.gateways.map(endpointOf) as [Endpoint, Endpoint]
  say('writes at the other gateway …')
  const delivery = await deliveryFrom(one, other)
  const peer = await startPostGraphile(places, say)
  try {
    const site = {
      users: plan.users,
      sample: await sample(one),
      engines: enginesOf(stack),
    }
    const sites: readonly Site[] = [
      {
        ...site,
        servers: new Map([['rollcall', [one]], ...(peer ? [['postgraphile', [peer]] as const] : [])]),
      },
      { ...site, servers: new Map([['rollcall', [one, other]]]) },
    ]
    const rows = (rounds: Rounds, names: readonly RowName[]) =>
      measure(rounds, sites, tool, (row) => say(`${row} …`), names)
    const measurements = [...(await rows(plan.reads, READS)), ...(await rows(plan.writes, WRITES))]
    return { users: plan.users, sync: synced, delivery, measurements }
  } finally {
    await peer?.stop()
  }
}

async function deliveryFrom(one: Endpoint, other: Endpoint): Promise<Latency> {
  const swarm = await Swarm.start(other.url, 1)
  return latency(one.url, swarm).finally(() => swarm.stop())
}

const endpointOf = ({ place, pid }: Part): Endpoint => ({ url: place, pid: pid ?? 0 })
