import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import type {
  Change,
  DirectoryCopy,
  GroupCopy,
  MembershipCopy,
  Place,
  Replica,
  UserCopy,
} from '../Replica.ts'
import { CopyWriter } from './CopyWriter.ts'
import { ROWS, SCHEMA, VERSION } from './schema.ts'
import { prepareStatements, type Statements } from './statements.ts'

/**
 * A copy in one SQLite file, with the cursor it goes with. It outlives a kill at any moment; after a loss of power the last moments may
 * be missing, cursor and all, and are told again. Others may read the file meanwhile: its views are users, groups and memberships.
 */
export class SqliteReplica implements Replica, DirectoryCopy {
  readonly #file: string
  readonly #opened: DatabaseSync
  readonly #prepared: Statements

  /** Opens the file, or makes it, for its owner alone. Throws where it is none of these. */
  constructor(file: string) {
    if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600))
    this.#file = file
    this.#opened = new DatabaseSync(file)
    try {
      this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000')
      this.#migrate(file)
      this.#prepared = prepareStatements(this.#db)
    } catch (error) {
      this.#db.close()
      throw error
    }
  }

  get #db(): DatabaseSync {
    this.#assertOpen()
    return this.#opened
  }

  get #statements(): Statements {
    this.#assertOpen()
    return this.#prepared
  }

  #assertOpen(): void {
    if (!this.#opened.isOpen) throw new Error(`${this.#file}: the replica was closed`)
  }

  #migrate(file: string): void {
    const version = this.#db.prepare('PRAGMA user_version').get()?.user_version
    if (version === VERSION) return
    const isEmpty = this.#db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
    if (!isEmpty) throw new Error(`${file}: is not a copy of a directory, or one of another release`)
    this.#atomically(() => this.#db.exec(SCHEMA))
  }

  place(): Place | null {
    const row = this.#statements.place.get()
    if (row === undefined) return null
    return {
      scope: String(row.scope),
      cursor: row.cursor === null ? null : String(row.cursor),
      isWhole: row.is_whole === 1,
    }
  }

  begin(scope: string): void {
    this.#atomically(() => {
      this.#drop('NOT is_whole')
      this.#statements.newCopy.run(scope)
    })
  }

  seq(stream: string): number {
    return this.#writer().seq(stream)
  }

  apply(changes: readonly Change[], cursor: string): void {
    this.#atomically(() => {
      const writer = this.#writer()
      for (const change of changes) writer.apply(change)
      this.#statements.setCursor.run(this.#number(), cursor)
    })
  }

  complete(cursor: string): void {
    this.#atomically(() => {
      const copy = this.#number()
      this.#drop(`id <> ${copy}`)
      this.#statements.setWhole.run(copy, cursor)
    })
  }

  close(): void {
    this.#db.close()
  }

  /** Of the copy that is written. */
  #number(): number {
    const row = this.#statements.place.get()
    if (row === undefined) throw new Error('There is no copy yet: begin one')
    return Number(row.id)
  }

  #writer(): CopyWriter {
    return new CopyWriter(this.#statements, this.#number())
  }

  #drop(which: string): void {
    for (const table of ROWS) {
      this.#db.exec(`DELETE FROM ${table} WHERE copy IN (SELECT id FROM copy WHERE ${which})`)
    }
    this.#db.exec(`DELETE FROM copy WHERE ${which}`)
  }

  #atomically(work: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      work()
      this.#db.exec('COMMIT')
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  user(id: string): UserCopy | null {
    return asUser(this.#statements.readUser.get(id))
  }

  group(id: string): GroupCopy | null {
    return asGroup(this.#statements.readGroup.get(id))
  }

  members(groupId: string): readonly MembershipCopy[] {
    return this.#statements.readMembers.all(groupId).map(asMembership)
  }

  memberships(userId: string): readonly MembershipCopy[] {
    return this.#statements.readMemberships.all(userId).map(asMembership)
  }

  *users(): Iterable<UserCopy> {
    for (const row of this.#statements.readUsers.iterate()) yield asUser(row) as UserCopy
  }

  *groups(): Iterable<GroupCopy> {
    for (const row of this.#statements.readGroups.iterate()) yield asGroup(row) as GroupCopy
  }
}

type Row = Readonly<Record<string, SQLOutputValue>>

const asUser = (row: Row | undefined): UserCopy | null =>
  row === undefined
    ? null
    : ({ ...row, attributes: JSON.parse(String(row.attributes)) } as unknown as UserCopy)

function asGroup(row: Row | undefined): GroupCopy | null {
  if (row === undefined) return null
  const { parent_id: parentId, ...group } = row
  return { ...group, parentId } as unknown as GroupCopy
}

const asMembership = ({ group_id: groupId, user_id: userId, role }: Row): MembershipCopy =>
  ({ groupId, userId, role }) as unknown as MembershipCopy
