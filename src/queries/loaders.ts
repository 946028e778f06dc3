import DataLoader from 'dataloader'
import type { TenantId } from '../domain/streams.ts'
import type { PastOp } from '../ops/past.ts'
import type { QueryOp } from '../ops/query.ts'
import type { ViewReader } from '../views/ViewStore.ts'

/** The query ops that views answer; the others are about waiting for them, or about what was. */
export type ViewOp = Exclude<QueryOp, { op: 'atLeast' } | PastOp>
type Tag = ViewOp['op']
type OpOf<T extends Tag> = Extract<ViewOp, { op: T }>
type Batch<T extends Tag> = (ops: readonly OpOf<T>[]) => Promise<readonly unknown[]>

/**
 * One DataLoader for each kind of op: ops that programs yield in the same tick become one batch, equal ops one read. They
 * live for one request: another viewer, or a later moment, gets loaders of its own.
 */
export function loaders(views: ViewReader, tenant: TenantId) {
  const batches: { readonly [T in Tag]: Batch<T> } = {
    getUser: (ops) =>
      views.users(
        tenant,
        ops.map(({ id }) => id),
      ),
    findUserByUsername: (ops) =>
      views.usersByUsername(
        tenant,
        ops.map(({ username }) => username),
      ),
    findUserByEmail: (ops) =>
      views.usersByEmail(
        tenant,
        ops.map(({ email }) => email),
      ),
    listUsers: (ops) => views.listUsers(tenant, ops),
    getGroup: (ops) =>
      views.groups(
        tenant,
        ops.map(({ id }) => id),
      ),
    findGroupByName: (ops) =>
      views.groupsByName(
        tenant,
        ops.map(({ name }) => name),
      ),
    listGroups: (ops) => views.listGroups(tenant, ops),
    listChildren: (ops) => views.listChildren(tenant, ops),
    getMembership: (ops) => views.memberships(tenant, ops),
    listMembers: (ops) => views.listMembers(tenant, ops),
    listMemberships: (ops) => views.listMemberships(tenant, ops),
    countMembers: (ops) => views.countMembers(tenant, ops),
    isMember: (ops) => views.isMember(tenant, ops),
    listApiKeys: (ops) => views.apiKeys(tenant, ops),
    getTenant: (ops) => views.tenants(ops.map(({ id }) => id)),
    getPosition: async (ops) => {
      const position = await views.position()
      return ops.map(() => position)
    },
  }
  const made = new Map<Tag, DataLoader<ViewOp, unknown, string>>()

  function loader(tag: Tag): DataLoader<ViewOp, unknown, string> {
    let found = made.get(tag)
    if (found === undefined) {
      const batch = batches[tag] as (ops: readonly ViewOp[]) => Promise<ArrayLike<unknown>>
      // Batched but not remembered: a position must not be older than what was read before it.
      found = new DataLoader(batch, { cacheKeyFn, cache: tag !== 'getPosition' })
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
