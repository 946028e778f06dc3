import { ask, bearer } from '../api.ts'
import { OPERATOR_KEY } from '../servers.ts'

const CREATE_USER = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { token } }'
/** Events that one of these writes makes. */
export const EVENTS = 3
const WRITERS = 32

/** The cause that its changes name, and when it was sent and acknowledged, in ms since 1970. */
export interface Write {
  readonly cause: string
  readonly sentMs: number
  readonly ackedMs: number
}

let written = 0

export async function write(url: string): Promise<Write> {
  const username = `feed-${process.pid}-${++written}`
  const cause = `bench-${username}`
  const headers = { ...bearer(OPERATOR_KEY), 'x-request-id': cause }
  const sentMs = now()
  await ask(url, headers, CREATE_USER, { input: { username, email: `${username}@example.org` } })
  return { cause, sentMs, ackedMs: now() }
}

const now = () => performance.timeOrigin + performance.now()

/** So many writes, as fast as 32 clients can. */
export async function burst(url: string, writes: number): Promise<void> {
  let left = writes
  const writer = async () => {
    while (left-- > 0) await write(url)
  }
  await Promise.all(Array.from({ length: WRITERS }, writer))
}
