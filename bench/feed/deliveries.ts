import { ask, bearer } from '../api.ts'
import { cpuMicros } from '../proc.ts'
import { OPERATOR_KEY, type Server } from '../servers.ts'
import { type Latency, latency } from './latency.ts'
import { CHANGE, Swarm } from './Swarm.ts'
import { burst, EVENTS } from './writes.ts'

export interface Rate {
  readonly perSecond: number
  /** CPU time of the server for one delivery, without what the writes cost; null where it is not known. */
  readonly cpuMicros: number | null
}

export interface Deliveries extends Latency, Rate {
  readonly followers: number
  /** The bare server's, with the same bytes. */
  readonly bare: Rate
}

/** Many writes are made at once while so many follow. Rejects unless each of them is told of each change once. */
export async function deliveries(
  rollcall: Server,
  bare: Server,
  followers: number,
  writes: number,
): Promise<Deliveries> {
  const publish = () => burst(rollcall.url, writes)
  const changes = writes * EVENTS
  const withoutFollowers = await cpuOf(rollcall, publish)
  const swarm = await Swarm.start(rollcall.url, followers)
  const lone = await latency(rollcall.url, swarm)
  const rate = await rateOf(rollcall, swarm, changes, publish, withoutFollowers)
  await swarm.stop()
  return { followers, ...lone, ...rate, bare: await bareRate(rollcall, bare, followers, changes) }
}

async function bareRate(rollcall: Server, bare: Server, followers: number, changes: number): Promise<Rate> {
  const payload = JSON.stringify({ data: { changes: await sample(rollcall.url) } })
  const body = JSON.stringify(Array(changes).fill(payload))
  const swarm = await Swarm.start(bare.url, followers)
  const publish = () => fetch(`${bare.url}/publish`, { method: 'POST', body })
  const rate = await rateOf(bare, swarm, changes, publish, 0)
  await swarm.stop()
  return rate
}

/** How fast the changes came that the function publishes. What publishing costs by itself is taken off. */
async function rateOf(
  server: Server,
  swarm: Swarm,
  changes: number,
  publish: () => Promise<unknown>,
  publishMicros: number | null,
): Promise<Rate> {
  swarm.reset()
  const before = cpuMicros(server.pid)
  await publish()
  const { received, firstMs, lastMs } = await swarm.until(changes)
  const after = cpuMicros(server.pid)
  const isKnown = before !== null && after !== null && publishMicros !== null
  return {
    perSecond: (received / (lastMs - firstMs)) * 1_000,
    cpuMicros: isKnown ? Math.max(0, after - before - publishMicros) / received : null,
  }
}

/** A message of the subscription, made of a change of a user. */
async function sample(url: string): Promise<unknown> {
  const query = `{ changes(first: 1, filter: { events: ["SetUserEmail"] }) { nodes { cursor ${CHANGE} } } }`
  const headers = bearer(OPERATOR_KEY)
  const { changes } = await ask<{ changes: { nodes: [{ cursor: string }] } }>(url, headers, query)
  const [{ cursor, ...change }] = changes.nodes
  return { kind: 'CHANGE', cursor, change }
}

async function cpuOf({ pid }: Server, work: () => Promise<unknown>): Promise<number | null> {
  const before = cpuMicros(pid)
  await work()
  const after = cpuMicros(pid)
  return before === null || after === null ? null : after - before
}
