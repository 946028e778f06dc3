import type { Event, RecordedEvent } from '../../../domain/events.ts'
import { parseStream, type TenantId } from '../../../domain/streams.ts'
import { entityKey } from '../keys.ts'

/** A user in a group. */
export type PairId = readonly [groupKey: string, userId: string]

/** The rows that applying a batch may touch, by their keys (../keys.ts): they are read before, at once. */
export interface Footprint {
  readonly tenants: ReadonlySet<TenantId>
  readonly users: ReadonlySet<string>
  readonly groups: ReadonlySet<string>
  readonly memberships: readonly PairId[]
  /** Users whose memberships may end. */
  readonly endingUsers: ReadonlySet<string>
  /** Groups whose children may be left alone. */
  readonly endingGroups: ReadonlySet<string>
}

/** What is not as its type says is passed over: whoever applies it finds that out, and touches nothing (../../projections.ts). */
export function footprintOf(events: readonly RecordedEvent[]): Footprint {
  const steps = new Steps()
  for (const { stream, event } of events) {
    const parts = parseStream(stream)
    if (parts === null) continue
    const { kind, tenant, id } = parts
    steps.tenants.add(tenant)
    if (kind === 'group' || kind === 'members') steps.groups.add(entityKey(tenant, id))
    else if (kind !== 'tenants') steps.users.add(entityKey(tenant, id))
    if (event.type !== 'Unknown') others(steps, event, tenant)
  }
  return { ...steps, memberships: [...steps.memberships.values()] }
}

/** What an event touches besides the entity of its stream. */
function others(steps: Steps, event: Event, tenant: TenantId): void {
  switch (event.type) {
    case 'SetMembership': {
      if (!isId(event.userId) || !isId(event.groupId)) return
      const group = entityKey(tenant, event.groupId)
      steps.users.add(entityKey(tenant, event.userId))
      steps.memberships.set(`${group}/${event.userId}`, [group, event.userId])
      return
    }
    case 'SetGroupParent':
      if (isId(event.parentId)) steps.groups.add(entityKey(tenant, event.parentId))
      return
    case 'SetTenant':
      if (isId(event.tenantId)) steps.tenants.add(event.tenantId)
      return
    case 'SetUserStatus':
      if (event.status === 'DELETED' && isId(event.userId))
        steps.endingUsers.add(entityKey(tenant, event.userId))
      return
    case 'SetGroupStatus':
      if (event.status === 'DELETED' && isId(event.groupId))
        steps.endingGroups.add(entityKey(tenant, event.groupId))
      return
  }
}

const isId = (value: unknown): value is string => typeof value === 'string' && value !== ''

class Steps {
  readonly tenants = new Set<TenantId>()
  readonly users = new Set<string>()
  readonly groups = new Set<string>()
  readonly memberships = new Map<string, PairId>()
  readonly endingUsers = new Set<string>()
  readonly endingGroups = new Set<string>()
}
