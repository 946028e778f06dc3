import type { StreamName, TenantId } from '../../../domain/streams.ts'
import type { JsonObject } from '../../../domain/user.ts'
import { groupStatus, membershipRole, userStatus } from '../../codes.ts'
import { ALL_INDEXED } from '../../numbers.ts'
import type { GroupState, Progress, Quarantined, TenantState, UserState } from '../../state.ts'
import type { Statements } from '../Statements.ts'
import type { Footprint } from './footprint.ts'

/** What is stored of all that a batch may touch. Entities are found by their keys (../keys.ts). */
export interface Loaded {
  readonly progress: Progress
  readonly quarantined: readonly Quarantined[]
  readonly tenants: ReadonlyMap<TenantId, TenantState>
  readonly users: ReadonlyMap<string, UserState>
  readonly groups: ReadonlyMap<string, GroupState>
  readonly memberships: readonly StoredMembership[]
}

export interface StoredMembership {
  readonly group: number
  readonly user: number
  readonly role: ReturnType<typeof membershipRole.name>
  readonly since: number
}

/**
 * Reads the rows within a transaction that holds the lock on them (lock.ts). All statements are on their way at once. A tenant
 * gets its row here, so that it has a number.
 */
export async function load(sql: Statements, footprint: Footprint): Promise<Loaded> {
  const [, progress, quarantined, tenants, users, groups, memberships] = await Promise.all([
    sql.all(NEW_TENANTS, [...footprint.tenants]),
    sql.all<ProgressCells>('SELECT position, batch, tenants_seq FROM progress'),
    sql.all<QuarantineCells>('SELECT stream, seq, reason FROM quarantine ORDER BY stream'),
    sql.all<TenantCells>(TENANTS, [...footprint.tenants]),
    sql.all<UserCells>(USERS, [...footprint.users]),
    sql.all<GroupCells>(
      GROUPS,
      [...footprint.groups],
      [...footprint.endingUsers],
      [...footprint.endingGroups],
    ),
    sql.all<MembershipCells>(
      MEMBERSHIPS,
      footprint.memberships.map(([group]) => group),
      footprint.memberships.map(([, user]) => user),
      [...footprint.endingUsers],
    ),
  ])
  const [position, batch, seq] = progress[0] ?? [0, 0, 0]
  return {
    progress: { position, batch, seqs: { tenants: seq }, indexed: ALL_INDEXED },
    quarantined: quarantined.map(([stream, at, reason]) => ({ stream, seq: at, reason })),
    tenants: new Map(tenants.map((row) => [row[1], readTenant(row)])),
    users: new Map(users.map((row) => [row[1], readUser(row)])),
    groups: new Map(groups.map((row) => [row[1], readGroup(row)])),
    memberships: memberships.map(([group, user, role, since]) => ({
      group,
      user,
      role: membershipRole.name(role),
      since,
    })),
  }
}

const NEW_TENANTS = `INSERT INTO tenants (id, created_at, users, groups)
  SELECT w.id, 0, 0, 0 FROM unnest($1::text[]) w (id)
  WHERE NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = w.id)`

const TENANTS = `SELECT t.num, t.id, t.name, t.created_at, t.users, t.groups
  FROM unnest($1::text[]) w (id) JOIN tenants t ON t.id = w.id`

const USERS = `SELECT u.num, u.key, u.id, u.tenant, u.status, u.username, u.email, u.name, u.attributes, u.created_at,
    u.updated_at, u.user_seq, u.profile_seq, u.keys_seq
  FROM unnest($1::text[]) w (key) JOIN users u ON u.key = w.key`

const GROUPS = `SELECT g.num, g.key, g.id, g.tenant, g.status, g.name, g.description, g.parent, g.member_count, g.created_at,
    g.updated_at, g.group_seq, g.members_seq
  FROM (
    SELECT g.num FROM unnest($1::text[]) w (key) JOIN groups g ON g.key = w.key
    UNION
    SELECT m.grp FROM unnest($2::text[]) w (key) JOIN users u ON u.key = w.key JOIN memberships m ON m.usr = u.num
    UNION
    SELECT c.num FROM unnest($3::text[]) w (key) JOIN groups g ON g.key = w.key JOIN groups c ON c.parent = g.num
  ) found JOIN groups g ON g.num = found.num`

const MEMBERSHIPS = `SELECT m.grp, m.usr, m.role, m.since
  FROM unnest($1::text[], $2::text[]) w (key, user_id)
    JOIN groups g ON g.key = w.key
    JOIN memberships m ON m.grp = g.num AND m.user_id = w.user_id
  UNION
  SELECT m.grp, m.usr, m.role, m.since
  FROM unnest($3::text[]) w (key) JOIN users u ON u.key = w.key JOIN memberships m ON m.usr = u.num`

type ProgressCells = [position: number, batch: number, tenantsSeq: number]
type QuarantineCells = [stream: StreamName, seq: number, reason: string]
type TenantCells = [
  num: number,
  id: string,
  name: string | null,
  createdAt: number,
  users: number,
  groups: number,
]
type EntityCells = [num: number, key: string, id: string, tenantNum: number, status: number]
type UserCells = [
  ...EntityCells,
  username: string | null,
  email: string | null,
  name: string | null,
  attributes: string,
  createdAt: number,
  updatedAt: number,
  userSeq: number,
  profileSeq: number,
  keysSeq: number,
]
type GroupCells = [
  ...EntityCells,
  name: string | null,
  description: string,
  parent: number | null,
  memberCount: number,
  createdAt: number,
  updatedAt: number,
  groupSeq: number,
  membersSeq: number,
]
type MembershipCells = [group: number, user: number, role: number, since: number]

const tenantOf = (key: string): TenantId => key.slice(0, key.indexOf('/'))

function readTenant([num, id, name, createdAt, users, groups]: TenantCells): TenantState {
  return { num, id, name, createdAt, users, groups, dirty: false }
}

function readUser(cells: UserCells): UserState {
  const [num, key, id, tenantNum, status, username, email, name, json, createdAt, updatedAt] = cells
  const [user, profile, keys] = cells.slice(-3) as [number, number, number]
  const attributes = JSON.parse(json) as JsonObject
  return {
    ...{ num, tenant: tenantOf(key), tenantNum, id, createdAt, updatedAt, dirty: false },
    ...{ username, email, name, status: userStatus.name(status), attributes },
    seqs: { user, profile, keys },
    stored: { texts: null, attributes },
  }
}

function readGroup(cells: GroupCells): GroupState {
  const [num, key, id, tenantNum, code, name, description, parent, memberCount, createdAt] = cells
  const [updatedAt, group, members] = cells.slice(-3) as [number, number, number]
  const status = groupStatus.name(code)
  return {
    ...{ num, tenant: tenantOf(key), tenantNum, id, createdAt, updatedAt, dirty: false },
    ...{ name, description, status, parent, memberCount },
    seqs: { group, members },
    stored: { texts: null, name, status, parent },
  }
}
