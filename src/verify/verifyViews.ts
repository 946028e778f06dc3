import {
  groupStream,
  parseStream,
  type StreamKind,
  type StreamName,
  type TenantId,
  userStream,
} from '../domain/streams.ts'
import type { LogReader } from '../log/EventLog.ts'
import type { VerifyContext } from './context.ts'
import { checkGroups } from './groups.ts'
import type { Entity, Problem } from './problems.ts'
import { searchGroups, searchUsers } from './search.ts'
import { checkStrangers } from './strangers.ts'
import { checkTenants } from './tenants.ts'
import { checkUsers } from './users.ts'

/** Streams whose names are read at once, and entities that are compared at once: the memory it takes. */
const STREAMS = 2_000
const USERS = 500
const GROUPS = 50

export interface VerifyOptions {
  readonly tenants: readonly TenantId[]
  /** Called after each part of the work. */
  readonly onProgress?: () => void
}

/**
 * Holds the views against a fold of the log, row by row: every user, group, membership and key of these tenants, each at the seqs
 * that the views have applied of it, so that nobody has to stop writing; then the other way round, rows that the log knows
 * nothing of. Memory is bounded by the largest group. Works on whatever engines the ports stand for.
 */
export async function* verifyViews(context: VerifyContext, options: VerifyOptions): AsyncGenerator<Problem> {
  yield* checkTenants(context)
  for (const tenant of options.tenants) {
    for await (const { users, groups } of entitiesOf(context, tenant)) {
      yield* inParts(users, USERS, options, (part) => checkUsers(context, tenant, part))
      yield* inParts(groups, GROUPS, options, (part) => checkGroups(context, tenant, part))
      const sample = (ids: readonly string[]) => ids.filter((_, n) => context.isSampled(n))
      yield* inParts(sample(users), GROUPS, options, (part) => searchUsers(context, tenant, part))
      yield* inParts(sample(groups), GROUPS, options, (part) => searchGroups(context, tenant, part))
    }
    yield* checkStrangers(context, tenant)
  }
}

/** Holds one user or group against its streams: what a repair is judged by. */
export async function* verifyEntity(
  context: VerifyContext,
  { kind, tenant, id }: Entity,
): AsyncGenerator<Problem> {
  const ids = [id]
  if (kind === 'tenant') return
  yield* kind === 'user' ? checkUsers(context, tenant, ids) : checkGroups(context, tenant, ids)
  yield* kind === 'user' ? searchUsers(context, tenant, ids) : searchGroups(context, tenant, ids)
}

async function* inParts(
  ids: readonly string[],
  size: number,
  { onProgress }: VerifyOptions,
  check: (part: readonly string[]) => AsyncGenerator<Problem>,
): AsyncGenerator<Problem> {
  for (let at = 0; at < ids.length; at += size) {
    yield* check(ids.slice(at, at + size))
    onProgress?.()
  }
}

interface Entities {
  readonly users: readonly string[]
  readonly groups: readonly string[]
}

/** A tenant's users and groups, as the names of their streams come. */
async function* entitiesOf({ log }: VerifyContext, tenant: TenantId): AsyncGenerator<Entities> {
  for (let after: string | null = null; ; ) {
    const { streams, next } = await log.streams(tenant, after, STREAMS)
    yield await entitiesIn(log, tenant, streams)
    if (next === null) return
    after = next
  }
}

/** Each entity once: by its main stream, or by another of its streams where the log has no main one. */
async function entitiesIn(
  log: LogReader,
  tenant: TenantId,
  streams: readonly StreamName[],
): Promise<Entities> {
  const parts = streams.map(parseStream).filter((part) => part !== null)
  const idsOf = (...kinds: readonly StreamKind[]) => [
    ...new Set(parts.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => id)),
  ]
  const orphans = async (ids: readonly string[], main: (tenant: TenantId, id: string) => StreamName) => {
    const seqs = await log.seqs(ids.map((id) => main(tenant, id)))
    return ids.filter((_, i) => seqs[i] === 0)
  }
  return {
    users: [...idsOf('user'), ...(await orphans(idsOf('profile', 'keys'), userStream))],
    groups: [...idsOf('group'), ...(await orphans(idsOf('members'), groupStream))],
  }
}
