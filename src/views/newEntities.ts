import { entityNum } from './numbers.ts'
import type { GroupState, TenantState, UserState } from './state.ts'

/** A user that has no row yet: it takes the tenant's next number. */
export function newUser(tenant: TenantState, id: string): UserState {
  tenant.users += 1
  tenant.dirty = true
  return {
    num: entityNum(tenant.num, tenant.users),
    tenant: tenant.id,
    tenantNum: tenant.num,
    id,
    username: null,
    email: null,
    name: null,
    status: 'ACTIVE',
    attributes: {},
    createdAt: 0,
    updatedAt: 0,
    seqs: { user: 0, profile: 0, keys: 0 },
    stored: null,
    dirty: false,
  }
}

/** A group that has no row yet: it takes the tenant's next number. */
export function newGroup(tenant: TenantState, id: string): GroupState {
  tenant.groups += 1
  tenant.dirty = true
  return {
    num: entityNum(tenant.num, tenant.groups),
    tenant: tenant.id,
    tenantNum: tenant.num,
    id,
    name: null,
    description: '',
    status: 'ACTIVE',
    parent: null,
    memberCount: 0,
    createdAt: 0,
    updatedAt: 0,
    seqs: { group: 0, members: 0 },
    stored: null,
    dirty: false,
  }
}
