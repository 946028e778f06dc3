import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

const SANE = /^[\w.:/+=@~-]{1,128}$/

const PROCESS = randomBytes(6).toString('base64url')
let count = 0

/** Unique over processes and restarts, without asking for randomness each time. */
export function newRequestId(): string {
  count += 1
  return `${PROCESS}-${count.toString(36)}`
}

/** The id that the client or a proxy gave, where it is one that can stand in logs and events; else a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && SANE.test(given) ? given : newRequestId()
}
