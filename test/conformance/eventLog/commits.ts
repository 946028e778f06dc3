import type { Claim, ClaimKind } from '../../../src/domain/claims.ts'
import { EVENT_TYPES, type Event, type EventMeta, type RecordedEvent } from '../../../src/domain/events.ts'
import { profileStream, type StreamName, userStream } from '../../../src/domain/streams.ts'
import type { EventPage, LogCommit, LogOutcome, LogPart, LogReader } from '../../../src/log/EventLog.ts'
import type { Append } from '../../../src/ops/command.ts'

export const TENANT = 'acme'
export const ann = userStream(TENANT, 'ann')
export const bob = userStream(TENANT, 'bob')
export const annProfile = profileStream(TENANT, 'ann')

export const META: EventMeta = {
  actor: { kind: 'key', id: 'k1', label: 'provisioner' },
  at: '2030-01-02T03:04:05.678Z',
  cause: 'request-1',
  idempotencyKey: null,
  ip: '192.0.2.1',
}

/** A commit that does nothing but what is asked. */
export const commitOf = (parts: Partial<LogCommit>): LogCommit => ({
  tenant: TENANT,
  meta: META,
  appends: [],
  checks: [],
  claims: [],
  releases: [],
  idempotency: [],
  ...parts,
})

export const username = (name: string): Event => ({ type: 'SetUsername', userId: 'ann', username: name })
export const usernames = (count: number, prefix = 'name'): Event[] =>
  Array.from({ length: count }, (_, index) => username(`${prefix}${index + 1}`))

export const append = (stream: StreamName, expected: number, ...events: Event[]): Append => ({
  stream,
  expected,
  events,
})

/** A commit of these events to one stream. */
export const appendOf = (stream: StreamName, expected: number, ...events: Event[]): LogCommit =>
  commitOf({ appends: [append(stream, expected, ...events)] })

export const claimOf = (
  owner: string,
  value: string,
  kind: ClaimKind = 'username',
  tenant = TENANT,
): Claim => ({
  tenant,
  kind,
  value,
  owner,
})

export const record = (key: string, result: LogCommit['idempotency'][number]['result'] = { id: key }) => ({
  key,
  fingerprint: `fingerprint of ${key}`,
  result,
})

export const kinds = (outcomes: readonly LogOutcome[]): string[] => outcomes.map(({ kind }) => kind)
export const count = (outcomes: readonly LogOutcome[], kind: LogOutcome['kind']): number =>
  outcomes.filter((outcome) => outcome.kind === kind).length
export const seqs = (events: readonly RecordedEvent[]): number[] => events.map(({ seq }) => seq)
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

export const times = <A>(count: number, make: (index: number) => A): A[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** Every event, those of each stream in order. */
export async function scanAll(log: LogReader, parts = 1): Promise<RecordedEvent[]> {
  const all = await Promise.all(times(parts, (index) => scanPart(log, { index, of: parts })))
  return all.flat()
}

export async function scanPart(log: LogReader, part: LogPart): Promise<RecordedEvent[]> {
  const all: RecordedEvent[] = []
  for (let after: string | null = null; ; ) {
    const { events, next }: EventPage = await log.scanPart(part, after)
    all.push(...events)
    if (next === null) return all
    after = next
  }
}

/** Runs as a later release would, which has events and versions that this one does not know. */
export async function asNewerRelease(run: () => Promise<void>): Promise<void> {
  const types = EVENT_TYPES as Record<string, { stream: 'user'; version: number }>
  const before = { ...types }
  Object.assign(types, {
    SetUserPhoto: { stream: 'user', version: 1 },
    SetUsername: { stream: 'user', version: 2 },
  })
  try {
    await run()
  } finally {
    delete types.SetUserPhoto
    Object.assign(types, before)
  }
}

export const photo = (url: string): Event => ({ type: 'SetUserPhoto', url }) as unknown as Event
