import type { ErrorCode } from '../../src/domain/errors.ts'
import type { MembershipRole } from '../../src/domain/membership.ts'
import type { Command, DirectoryState } from './directoryCommands.ts'

interface User {
  username: string
  email: string | null
  name: string | null
}

interface Group {
  name: string
  parentId: string | null
  readonly members: Map<string, MembershipRole>
}

type Outcome = ErrorCode | 'OK'

/** What a directory is to whoever uses it: no streams, no events, no claims, no views. */
export class DirectoryModel {
  readonly #users = new Map<string, User>()
  readonly #groups = new Map<string, Group>()
  readonly #used = new Set<string>()

  apply(command: Command): Outcome {
    switch (command.op) {
      case 'createUser':
        return this.#createUser(command)
      case 'updateUser':
        return this.#updateUser(command)
      case 'deleteUser':
        for (const { members } of this.#groups.values()) members.delete(command.id)
        return this.#users.delete(command.id) ? 'OK' : 'NOT_FOUND'
      case 'createGroup':
        return this.#createGroup(command)
      case 'updateGroup':
        return this.#updateGroup(command)
      case 'deleteGroup':
        for (const group of this.#groups.values()) if (group.parentId === command.id) group.parentId = null
        return this.#groups.delete(command.id) ? 'OK' : 'NOT_FOUND'
      case 'setMembership':
      case 'removeMembership':
        return this.#setMembership(command)
    }
  }

  state(): DirectoryState {
    const users = [...this.#users].map(([id, { username, email, name }]) => [id, [username, email, name]])
    const groups = [...this.#groups].map(([id, { name, parentId, members }]) => [
      id,
      [name, parentId, Object.fromEntries(members), [...this.#everyoneIn(id)].sort()],
    ])
    return { users: Object.fromEntries(users), groups: Object.fromEntries(groups) }
  }

  #createUser({ id, username, email }: Extract<Command, { op: 'createUser' }>): Outcome {
    if (this.#used.has(id)) return 'BAD_USER_INPUT'
    const taken = this.#takenBy(id, { username, email })
    if (taken !== null) return taken
    this.#used.add(id)
    this.#users.set(id, { username, email, name: null })
    return 'OK'
  }

  #updateUser({ id, patch }: Extract<Command, { op: 'updateUser' }>): Outcome {
    const user = this.#users.get(id)
    if (user === undefined) return 'NOT_FOUND'
    const changed = { ...user, ...patch }
    const taken = this.#takenBy(id, changed)
    if (taken === null) this.#users.set(id, changed)
    return taken ?? 'OK'
  }

  #createGroup({ id, name, parentId }: Extract<Command, { op: 'createGroup' }>): Outcome {
    if (this.#used.has(id)) return 'BAD_USER_INPUT'
    if (parentId === id) return 'GROUP_CYCLE'
    if (parentId !== null && !this.#groups.has(parentId)) return 'NOT_FOUND'
    if (this.#isGroupName(name, id)) return 'GROUP_NAME_TAKEN'
    this.#used.add(id)
    this.#groups.set(id, { name, parentId, members: new Map() })
    return 'OK'
  }

  #updateGroup({ id, patch }: Extract<Command, { op: 'updateGroup' }>): Outcome {
    const group = this.#groups.get(id)
    if (group === undefined) return 'NOT_FOUND'
    const { name = group.name, parentId = group.parentId } = patch
    if (parentId !== null && this.#below(id).has(parentId)) return 'GROUP_CYCLE'
    if (parentId !== null && !this.#groups.has(parentId)) return 'NOT_FOUND'
    if (this.#isGroupName(name, id)) return 'GROUP_NAME_TAKEN'
    Object.assign(group, { name, parentId })
    return 'OK'
  }

  #setMembership(command: Extract<Command, { op: 'setMembership' | 'removeMembership' }>): Outcome {
    const members = this.#groups.get(command.groupId)?.members
    if (members === undefined || !this.#users.has(command.userId)) return 'NOT_FOUND'
    if (command.op === 'setMembership') members.set(command.userId, command.role)
    else members.delete(command.userId)
    return 'OK'
  }

  #takenBy(id: string, { username, email }: Pick<User, 'username' | 'email'>): Outcome | null {
    const others = [...this.#users].flatMap(([other, user]) => (other === id ? [] : [user]))
    if (others.some((user) => same(user.username, username))) return 'USERNAME_TAKEN'
    return email !== null && others.some((user) => same(user.email ?? '', email)) ? 'EMAIL_TAKEN' : null
  }

  #isGroupName = (name: string, id: string): boolean =>
    [...this.#groups].some(([other, group]) => other !== id && same(group.name, name))

  /** The group itself and every group below it. */
  #below(id: string): Set<string> {
    const found = new Set([id])
    for (const above of found) {
      for (const [child, { parentId }] of this.#groups) if (parentId === above) found.add(child)
    }
    return found
  }

  #everyoneIn = (id: string): Set<string> =>
    new Set([...this.#below(id)].flatMap((below) => [...(this.#groups.get(below)?.members.keys() ?? [])]))
}

/** Enough of folding for the names that the commands use. */
const same = (a: string, b: string): boolean => a.toUpperCase() === b.toUpperCase()
