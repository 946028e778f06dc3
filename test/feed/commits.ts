import { randomUUID } from 'node:crypto'
import type { Event } from '../../src/domain/events.ts'
import { type StreamName, userStream } from '../../src/domain/streams.ts'
import type { EventLog } from '../../src/log/EventLog.ts'

export interface Written {
  readonly stream: StreamName
  readonly seq: number
  readonly position: number
}

/** As `commitTo`, to a user's stream. */
export const commitUser = (log: EventLog, tenant: string, id: string, events: Event[]): Promise<Written> =>
  commitTo(log, tenant, userStream(tenant, id), events)

/** Commits events to a stream at its head; a lost race is tried again. */
export async function commitTo(
  log: EventLog,
  tenant: string,
  stream: StreamName,
  events: Event[],
): Promise<Written> {
  for (;;) {
    const { seq: expected } = await log.head(stream)
    const outcome = await log.commit({
      tenant,
      meta: {
        actor: { kind: 'system', id: null, label: null },
        at: new Date().toISOString(),
        cause: null,
        idempotencyKey: null,
        ip: null,
      },
      appends: [{ stream, expected, events }],
      checks: [],
      claims: [],
      releases: [],
      idempotency: [],
    })
    if (outcome.kind === 'taken') throw new Error('nothing was claimed')
    if (outcome.kind === 'committed') {
      return { stream, seq: expected + events.length, position: outcome.position }
    }
  }
}

/** A new user with this username: two events. */
export const newUser = (id: string, username: string): Event[] => [
  { type: 'SetUsername', userId: id, username },
  { type: 'SetUserStatus', userId: id, status: 'ACTIVE' },
]

export const rename = (id: string, username: string): Event[] => [
  { type: 'SetUsername', userId: id, username },
]

/** No two tests meet on an engine that they share. */
export const freshTenant = (): string => `t${randomUUID().slice(0, 8)}`
