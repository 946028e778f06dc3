import type { TenantId } from '../domain/streams.ts'
import type { ViewReader } from '../views/ViewStore.ts'

type Args<Name extends keyof ViewReader> = Parameters<ViewReader[Name]>

/**
 * The views that serve now, under one name for all who hold it. Each call is answered by one generation; the next may be by another,
 * which has at least what that one showed.
 */
export class CurrentViews implements ViewReader {
  #views: ViewReader

  constructor(views: ViewReader) {
    this.#views = views
  }

  /** Gives back the ones before. Calls that are under way there are theirs to finish. */
  become(next: ViewReader): ViewReader {
    const before = this.#views
    this.#views = next
    return before
  }

  users = (...args: Args<'users'>) => this.#views.users(...args)
  usersByUsername = (...args: Args<'usersByUsername'>) => this.#views.usersByUsername(...args)
  usersByEmail = (...args: Args<'usersByEmail'>) => this.#views.usersByEmail(...args)
  listUsers = (...args: Args<'listUsers'>) => this.#views.listUsers(...args)
  groups = (...args: Args<'groups'>) => this.#views.groups(...args)
  groupsByName = (...args: Args<'groupsByName'>) => this.#views.groupsByName(...args)
  listGroups = (...args: Args<'listGroups'>) => this.#views.listGroups(...args)
  listChildren = (...args: Args<'listChildren'>) => this.#views.listChildren(...args)
  memberships = (...args: Args<'memberships'>) => this.#views.memberships(...args)
  listMembers = (...args: Args<'listMembers'>) => this.#views.listMembers(...args)
  listMemberships = (...args: Args<'listMemberships'>) => this.#views.listMemberships(...args)
  countMembers = (...args: Args<'countMembers'>) => this.#views.countMembers(...args)
  isMember = (...args: Args<'isMember'>) => this.#views.isMember(...args)
  apiKeys = (...args: Args<'apiKeys'>) => this.#views.apiKeys(...args)
  apiKeyByHash = (...args: Args<'apiKeyByHash'>) => this.#views.apiKeyByHash(...args)
  tenants = (ids: readonly TenantId[]) => this.#views.tenants(ids)
  applied = (...args: Args<'applied'>) => this.#views.applied(...args)
  position = () => this.#views.position()
  state = () => this.#views.state()
  renew = () => this.#views.renew()
  close = () => this.#views.close()
}
