import type { FeedPlan } from '../plan.ts'
import { type Server, start } from '../servers.ts'
import { type CatchUp, catchUp } from './catchUp.ts'
import { type Deliveries, deliveries } from './deliveries.ts'
import { type Idle, idle } from './idle.ts'
import { type Latency, latency } from './latency.ts'
import { Swarm } from './Swarm.ts'

export interface FeedFinding {
  readonly deliveries: readonly Deliveries[]
  /** Of writes that another process made on the same files. */
  readonly elsewhere: Latency
  readonly idle: Idle
  readonly catchUp: CatchUp
}

/** Follows the directory in the folder, in every way that there is. */
export async function measureFeed(
  plan: FeedPlan,
  folder: string,
  say: (line: string) => void,
): Promise<FeedFinding> {
  const beside = <A>(measure: (rollcall: Server, bare: Server) => Promise<A>) =>
    withServers(folder, ['rollcall', 'bareWs'], measure)
  say(`${plan.idle} idle followers …`)
  const waiting = await beside((rollcall, bare) => idle(rollcall, bare, plan.idle))
  say('writes of another process …')
  const elsewhere = await withServers(folder, ['rollcall', 'rollcall'], fromElsewhere)
  return beside(async (rollcall, bare) => {
    say('catching up …')
    const caughtUp = await catchUp(rollcall.url)
    const delivered: Deliveries[] = []
    for (const { followers, writes } of plan.followers) {
      say(`${followers} followers …`)
      delivered.push(await deliveries(rollcall, bare, followers, writes))
    }
    return { deliveries: delivered, elsewhere, idle: waiting, catchUp: caughtUp }
  })
}

async function fromElsewhere(server: Server, other: Server): Promise<Latency> {
  const swarm = await Swarm.start(server.url, 1)
  const found = await latency(other.url, swarm)
  await swarm.stop()
  return found
}

async function withServers<A>(
  folder: string,
  [first, second]: readonly ['rollcall', 'rollcall' | 'bareWs'],
  measure: (first: Server, second: Server) => Promise<A>,
): Promise<A> {
  const servers = [await start(first, folder), await start(second, folder)] as const
  try {
    return await measure(...servers)
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}
