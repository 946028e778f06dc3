import fc from 'fast-check'
import {
  groupStream,
  membersStream,
  profileStream,
  type StreamName,
  TENANTS_STREAM,
  userStream,
} from '../../src/domain/streams.ts'
import type { EventLog } from '../../src/log/EventLog.ts'
import { append, claimOf, commitOf, META, record, usernames } from '../conformance/eventLog/commits.ts'

const STREAMS: readonly StreamName[] = [
  userStream('acme', 'ann'),
  userStream('acme', 'bob'),
  profileStream('acme', 'ann'),
  groupStream('acme', 'g'),
  membersStream('acme', 'g'),
  userStream('other', 'ann'),
  TENANTS_STREAM,
]

export interface RandomCommit {
  readonly streams: readonly StreamName[]
  readonly events: number
  /** Seconds after the commit before, or before it: clocks differ, and histories are imported. */
  readonly later: number
  readonly cause: string | null
  readonly claims: readonly string[]
  readonly releases: readonly string[]
  readonly owner: string
  readonly isRequest: boolean
}

const name = fc.constantFrom('ann', 'straße', '名前')
const some = <A>(one: fc.Arbitrary<A>) => fc.uniqueArray(one, { maxLength: 2 })

export const commits = (laterMin: number): fc.Arbitrary<readonly RandomCommit[]> =>
  fc.array(
    fc.record({
      streams: fc.uniqueArray(fc.constantFrom(...STREAMS), { minLength: 1, maxLength: 3 }),
      events: fc.integer({ min: 1, max: 3 }),
      later: fc.integer({ min: laterMin, max: 4 }),
      cause: fc.constantFrom('request-1', 'request-2', null),
      claims: some(name),
      releases: some(name),
      owner: fc.constantFrom('ann', 'bob'),
      isRequest: fc.boolean(),
    }),
    { minLength: 1, maxLength: 20 },
  )

/** Goes on from wherever the log is. */
export async function write(log: EventLog, history: readonly RandomCommit[], prefix: string): Promise<void> {
  let at = Date.parse(META.at)
  for (const [index, commit] of history.entries()) {
    const { streams, events, later, cause, claims, releases, owner, isRequest } = commit
    at += later * 1_000
    const seqs = await log.seqs(streams)
    const outcome = await log.commit(
      commitOf({
        meta: { ...META, at: new Date(at).toISOString(), cause },
        appends: streams.map((stream, n) =>
          append(stream, seqs[n] ?? 0, ...usernames(events, `${prefix}${index}-`)),
        ),
        claims: claims.map((value) => claimOf(owner, value)),
        releases: releases.map((value) => claimOf(owner, value)),
        idempotency: isRequest ? [record(`${prefix}${index}`)] : [],
      }),
    )
    if (outcome.kind === 'conflict') throw new Error('nobody else writes')
  }
}
