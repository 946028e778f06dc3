import type { Event, EventType } from '../domain/events.ts'
import { GROUP_STATUSES } from '../domain/group.ts'
import { MEMBERSHIP_ROLES } from '../domain/membership.ts'
import { SCOPES } from '../domain/scopes.ts'
import type { TenantId } from '../domain/streams.ts'
import { USER_STATUSES } from '../domain/user.ts'
import type { Batch } from './Batch.ts'
import { entityId, instant, jsonObject, oneOf, optionalText, text, texts } from './checks.ts'

/** What a reducer knows of its event besides the event. */
export interface Happening {
  readonly tenant: TenantId
  /** Milliseconds since 1970. */
  readonly at: number
}

type Reducer<E extends Event> = (batch: Batch, event: E, happening: Happening) => void

/**
 * What each event does to the views. Streams come in no order between them, so reducers commute across streams: whatever refers
 * to an entity may come before it, and nothing comes back after a deletion, whichever is applied first. A reducer checks
 * before it changes anything.
 */
export const PROJECTIONS: { readonly [Type in EventType]: Reducer<Extract<Event, { type: Type }>> } = {
  SetUsername(batch, { userId, username }, { tenant }) {
    batch.user(tenant, userId).username = text('username', username)
  },

  SetUserEmail(batch, { userId, email }, { tenant }) {
    batch.user(tenant, userId).email = optionalText('email', email)
  },

  SetUserStatus(batch, { userId, status }, { tenant }) {
    const user = batch.user(tenant, userId)
    const next = oneOf('status', status, USER_STATUSES)
    if (user.status === 'DELETED') return
    user.status = next
    if (next === 'DELETED') batch.endMembershipsOf(user)
  },

  SetUserName(batch, { userId, name }, { tenant }) {
    batch.user(tenant, userId).name = optionalText('name', name)
  },

  SetUserAttributes(batch, { userId, attributes }, { tenant }) {
    batch.user(tenant, userId).attributes = jsonObject('attributes', attributes)
  },

  SetApiKey(batch, event, { tenant }) {
    for (const field of ['keyId', 'hash', 'label', 'lastFour'] as const) text(field, event[field])
    for (const field of ['expiresAt', 'revokedAt'] as const) optionalText(field, event[field])
    instant('createdAt', event.createdAt)
    for (const scope of texts('scopes', event.scopes)) oneOf('scopes', scope, SCOPES)
    batch.putApiKey(batch.user(tenant, event.userId), event)
  },

  SetGroupName(batch, { groupId, name }, { tenant }) {
    batch.group(tenant, groupId).name = text('name', name)
  },

  SetGroupDescription(batch, { groupId, description }, { tenant }) {
    batch.group(tenant, groupId).description = text('description', description)
  },

  SetGroupParent(batch, { groupId, parentId }, { tenant }) {
    const parent = parentId === null ? null : batch.group(tenant, entityId('parentId', parentId))
    const group = batch.group(tenant, groupId)
    if (group.status === 'DELETED') return
    group.parent = parent === null || parent.status === 'DELETED' ? null : parent.num
    if (parent !== null) parent.dirty ||= parent.stored === null
  },

  SetGroupStatus(batch, { groupId, status }, { tenant }) {
    const group = batch.group(tenant, groupId)
    const next = oneOf('status', status, GROUP_STATUSES)
    if (group.status === 'DELETED') return
    group.status = next
    if (next === 'DELETED') batch.endGroup(group)
  },

  SetMembership(batch, { groupId, userId, role }, { tenant, at }) {
    const group = batch.group(tenant, groupId)
    const user = batch.user(tenant, entityId('userId', userId))
    const next = role === null ? null : oneOf('role', role, MEMBERSHIP_ROLES)
    if (group.status === 'DELETED' || user.status === 'DELETED') return
    batch.setMembership(group, user, next, at)
  },

  SetTenant(batch, { tenantId, name }, { at }) {
    const tenant = batch.tenant(entityId('tenantId', tenantId))
    const checked = text('name', name)
    if (tenant.name === null) tenant.createdAt = at
    tenant.name = checked
    tenant.dirty = true
  },
}
