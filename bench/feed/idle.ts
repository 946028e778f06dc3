import { setTimeout as sleep } from 'node:timers/promises'
import { bearer } from '../api.ts'
import { memoryOf } from '../proc.ts'
import { OPERATOR_KEY, type Server } from '../servers.ts'
import { Swarm } from './Swarm.ts'

/** What followers who wait for changes cost. Bytes of PSS; null where they are not known. */
export interface Idle {
  readonly followers: number
  readonly memory: Growth | null
  /** The bare server's, for the same connections. */
  readonly bareMemory: Growth | null
}

export interface Growth {
  /** Without followers, but after some reads and some followers who have left: a server that has done nothing yet is smaller than ever again. */
  readonly emptyBytes: number
  readonly bytes: number
}

/** Of servers that were just started. */
export async function idle(rollcall: Server, bare: Server, followers: number): Promise<Idle> {
  return {
    followers,
    memory: await growth(rollcall, followers),
    bareMemory: await growth(bare, followers),
  }
}

async function growth(server: Server, followers: number): Promise<Growth | null> {
  for (let done = 0; done < REQUESTS; done += ABREAST) {
    await Promise.all(Array.from({ length: ABREAST }, () => read(server.url)))
  }
  await (await Swarm.start(server.url, followers / 10)).stop()
  const emptyBytes = await settled(server)
  const swarm = await Swarm.start(server.url, followers)
  const bytes = await settled(server)
  await swarm.stop()
  return emptyBytes === null || bytes === null ? null : { emptyBytes, bytes }
}

const REQUESTS = 10_000
const ABREAST = 20

const read = async (url: string): Promise<void> => {
  const response = await fetch(`${url}/graphql?query=${encodeURIComponent(READ)}`, {
    headers: bearer(OPERATOR_KEY),
  })
  await response.arrayBuffer()
}
const READ = '{ users(first: 20) { nodes { id username email } } }'

const LOOK_MS = 1_000
/** It has settled when it has not changed by more than this for so many looks. */
const STEADY_BYTES = 1_000_000
const STEADY_LOOKS = 10
const MAX_LOOKS = 40

async function settled({ pid }: Server): Promise<number | null> {
  const seen: number[] = []
  for (let look = 0; look < MAX_LOOKS; look++) {
    const memory = memoryOf(pid)
    if (memory === null) return null
    seen.push(memory.pss)
    const last = seen.slice(-STEADY_LOOKS)
    if (last.length === STEADY_LOOKS && Math.max(...last) - Math.min(...last) < STEADY_BYTES) break
    await sleep(LOOK_MS)
  }
  return seen.at(-1) ?? null
}
