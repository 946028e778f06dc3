import DataLoader from 'dataloader'
import type { TenantId } from '../domain/streams.ts'
import type { PastOp } from '../ops/past.ts'
import type { QueryOp } from '../ops/query.ts'
import type { ViewReader } from '../views/ViewStore.ts'

/** The query ops that views answer; the others are about waiting for them, or about what was. */
export type ViewOp = Exclude<QueryOp, { op: 'atLeast' } | PastOp>
type Tag = ViewOp['op']
type OpOf<T extends Tag> = Extract<ViewOp, { op: T }>
type Batch<Op> = (views: ViewReader, tenant: TenantId, ops: readonly Op[]) => Promise<readonly unknown[]>

const BATCHES: { readonly [T in Tag]: Batch<OpOf<T>> } = {
  getUser: (views, tenant, ops) =>
    views.users(
      tenant,
      ops.map(({ id }) => id),
    ),
  findUserByUsername: (views, tenant, ops) =>
    views.usersByUsername(
      tenant,
      ops.map(({ username }) => username),
    ),
  findUserByEmail: (views, tenant, ops) =>
    views.usersByEmail(
      tenant,
      ops.map(({ email }) => email),
    ),
  listUsers: (views, tenant, ops) => views.listUsers(tenant, ops),
  getGroup: (views, tenant, ops) =>
    views.groups(
      tenant,
      ops.map(({ id }) => id),
    ),
  findGroupByName: (views, tenant, ops) =>
    views.groupsByName(
      tenant,
      ops.map(({ name }) => name),
    ),
  listGroups: (views, tenant, ops) => views.listGroups(tenant, ops),
  listChildren: (views, tenant, ops) => views.listChildren(tenant, ops),
  getMembership: (views, tenant, ops) => views.memberships(tenant, ops),
  listMembers: (views, tenant, ops) => views.listMembers(tenant, ops),
  listMemberships: (views, tenant, ops) => views.listMemberships(tenant, ops),
  countMembers: (views, tenant, ops) => views.countMembers(tenant, ops),
  isMember: (views, tenant, ops) => views.isMember(tenant, ops),
  listApiKeys: (views, tenant, ops) => views.apiKeys(tenant, ops),
  getTenant: (views, _tenant, ops) => views.tenants(ops.map(({ id }) => id)),
  getPosition: async (views, _tenant, ops) => {
    const { covers } = await views.state()
    return ops.map(() => covers)
  },
}

/**
 * One DataLoader for each kind of op: ops that programs yield in the same tick become one batch, equal ops one read. They
 * live for one request: another viewer, or a later moment, gets loaders of its own.
 */
export function loaders(views: ViewReader, tenant: TenantId) {
  const made = new Map<Tag, DataLoader<ViewOp, unknown, string>>()

  function loader(tag: Tag): DataLoader<ViewOp, unknown, string> {
    let found = made.get(tag)
    if (found === undefined) {
      const batch = BATCHES[tag] as Batch<ViewOp>
      // Batched but not remembered: a position must not be older than what was read before it.
      found = new DataLoader((ops) => batch(views, tenant, ops), { cacheKeyFn, cache: tag !== 'getPosition' })
      made.set(tag, found)
    }
    return found
  }

  return {
    load: (op: ViewOp): Promise<unknown> => loader(op.op).load(op),
    /** Forgets what was read: after a write, and after waiting for the views. */
    clear: (): void => made.clear(),
  }
}

/** Ops are plain data with their fields in one order, so that equal ops have equal keys. */
const cacheKeyFn = (op: ViewOp): string => ('id' in op ? op.id : JSON.stringify(op))
