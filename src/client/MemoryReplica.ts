import { MemoryCopy } from './MemoryCopy.ts'
import type { Change, DirectoryCopy, GroupCopy, MembershipCopy, Place, Replica, UserCopy } from './Replica.ts'

interface Copying {
  readonly copy: MemoryCopy
  readonly scope: string
  cursor: string | null
}

const NOTHING = new MemoryCopy()

/** Lives as long as the page or the process. */
export class MemoryReplica implements Replica, DirectoryCopy {
  #whole: Copying | null = null
  #unfinished: Copying | null = null

  place(): Place | null {
    const { scope, cursor } = this.#written ?? {}
    if (scope === undefined || cursor === undefined) return null
    return { scope, cursor, isWhole: this.#unfinished === null }
  }

  begin(scope: string): void {
    this.#unfinished = { copy: new MemoryCopy(), scope, cursor: null }
  }

  seq(stream: string): number {
    return this.#written?.copy.seq(stream) ?? 0
  }

  apply(changes: readonly Change[], cursor: string): void {
    const written = this.#written
    if (written === null) throw new Error('apply: there is no copy yet, begin one')
    for (const change of changes) written.copy.apply(change)
    written.cursor = cursor
  }

  complete(cursor: string): void {
    this.apply([], cursor)
    this.#whole = this.#written
    this.#unfinished = null
  }

  get #written(): Copying | null {
    return this.#unfinished ?? this.#whole
  }

  get #read(): MemoryCopy {
    return this.#whole?.copy ?? NOTHING
  }

  user(id: string): UserCopy | null {
    return this.#read.user(id)
  }

  group(id: string): GroupCopy | null {
    return this.#read.group(id)
  }

  members(groupId: string): readonly MembershipCopy[] {
    return this.#read.members(groupId)
  }

  memberships(userId: string): readonly MembershipCopy[] {
    return this.#read.memberships(userId)
  }

  users(): Iterable<UserCopy> {
    return this.#read.users()
  }

  groups(): Iterable<GroupCopy> {
    return this.#read.groups()
  }
}

export const memoryReplica = (): MemoryReplica => new MemoryReplica()
