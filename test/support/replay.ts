import type { DirectoryState } from './history.ts'

interface User {
  username: string
  readonly email: string | null
}
interface Group {
  name: string
  description: string
  parent: Group | null
  readonly members: Map<User, string>
}
interface Tenant {
  readonly users: Map<string, User>
  readonly groups: Map<string, Group>
}

/** A line of the history. */
export interface HistoryLine {
  readonly at: string
  readonly tenant: string
  readonly op: string
  readonly username: string
  readonly email?: string
  readonly to: string
  readonly group: string
  readonly description?: string
  readonly parent?: string
  readonly role: string
}

/** The history's file replayed in Maps, with nothing of rollcall: what the directory was after each line. */
export class Replay {
  readonly #tenants = new Map<string, Tenant>()

  apply(line: HistoryLine): void {
    const tenant = this.#tenants.get(line.tenant) ?? { users: new Map(), groups: new Map() }
    this.#tenants.set(line.tenant, tenant)
    const step = STEPS[line.op]
    if (step === undefined) throw new Error(`The replay does not know ${line.op}`)
    step(tenant, line)
  }

  get tenants(): readonly string[] {
    return [...this.#tenants.keys()]
  }

  state(tenant: string): DirectoryState {
    const { users, groups } = this.#tenants.get(tenant) ?? { users: new Map(), groups: new Map() }
    const there = new Set(groups.values())
    return {
      users: [...users.values()],
      groups: [...groups.values()].map(({ name, description, parent, members }) => ({
        name,
        description,
        parent: parent !== null && there.has(parent) ? parent.name : null,
        members: [...members].map(([{ username }, role]) => ({ username, role })),
      })),
    }
  }
}

const key = (name: string) => name.toLowerCase()
const userOf = ({ users }: Tenant, { username }: HistoryLine) => users.get(key(username)) as User
const groupOf = ({ groups }: Tenant, { group }: HistoryLine) => groups.get(key(group)) as Group

const STEPS: Readonly<Record<string, (tenant: Tenant, line: HistoryLine) => void>> = {
  createUser({ users }, { username, email = null }) {
    users.set(key(username), { username, email })
  },
  setUsername(tenant, line) {
    const user = userOf(tenant, line)
    tenant.users.delete(key(line.username))
    tenant.users.set(key(line.to), user)
    user.username = line.to
  },
  deleteUser(tenant, line) {
    const user = userOf(tenant, line)
    tenant.users.delete(key(line.username))
    for (const { members } of tenant.groups.values()) members.delete(user)
  },
  createGroup({ groups }, { group, description = '' }) {
    groups.set(key(group), { name: group, description, parent: null, members: new Map() })
  },
  setGroupName(tenant, line) {
    const group = groupOf(tenant, line)
    tenant.groups.delete(key(line.group))
    tenant.groups.set(key(line.to), group)
    group.name = line.to
  },
  setGroupDescription(tenant, line) {
    groupOf(tenant, line).description = line.description ?? ''
  },
  setGroupParent(tenant, line) {
    groupOf(tenant, line).parent = tenant.groups.get(key(line.parent ?? '')) ?? null
  },
  deleteGroup({ groups }, { group }) {
    groups.delete(key(group))
  },
  setMembership(tenant, line) {
    groupOf(tenant, line).members.set(userOf(tenant, line), line.role)
  },
  removeMembership(tenant, line) {
    groupOf(tenant, line).members.delete(userOf(tenant, line))
  },
}
