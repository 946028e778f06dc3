import { setTimeout as sleep } from 'node:timers/promises'
import type { Swarm } from './Swarm.ts'
import { EVENTS, type Write, write } from './writes.ts'

/** From the acknowledgement of a write to its arrival at a follower, in ms; less than 0 where the change was faster than the answer. */
export interface Latency {
  readonly p50Ms: number
  readonly p99Ms: number
  /** The same from the sending of the write: with all that it takes to make it durable. */
  readonly fromSent: { readonly p50Ms: number; readonly p99Ms: number }
}

const WRITES = 150
const PAUSE_MS = 3

/** One write after the other at a server, which may be another one than the followers' over the same files. */
export async function latency(writeTo: string, swarm: Swarm): Promise<Latency> {
  swarm.reset()
  const writes = new Map<string, Write>()
  for (let n = 0; n < WRITES; n++) {
    const made = await write(writeTo)
    writes.set(made.cause, made)
    await sleep(PAUSE_MS)
  }
  await swarm.until(WRITES * EVENTS)
  const arrivals = await swarm.arrivals()
  const since = (when: 'sentMs' | 'ackedMs') => {
    const took = arrivals.map(([cause, ms]) => ms - (writes.get(cause)?.[when] ?? Number.NaN))
    return { p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) }
  }
  return { ...since('ackedMs'), fromSent: since('sentMs') }
}

const quantile = (values: readonly number[], q: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}
