import { parseStream, type StreamKind, type StreamName } from '../../../domain/streams.ts'
import type { TenantRow } from '../../../ops/rows.ts'
import { iso } from '../../codes.ts'
import type { ReadContext } from './ReadContext.ts'

const TENANTS = `SELECT wanted.key, t.id, t.name, t.created_at FROM json_each(?) wanted
  CROSS JOIN tenants t ON t.id = wanted.value WHERE t.name IS NOT NULL`

const USER_SEQS = `SELECT wanted.value ->> 0, u.user_seq, u.profile_seq, u.keys_seq FROM json_each(?) wanted
  CROSS JOIN tenants t ON t.id = wanted.value ->> 1
  CROSS JOIN users u ON u.tenant = t.num AND u.id = wanted.value ->> 2`

const GROUP_SEQS = `SELECT wanted.value ->> 0, g.group_seq, g.members_seq FROM json_each(?) wanted
  CROSS JOIN tenants t ON t.id = wanted.value ->> 1
  CROSS JOIN groups g ON g.tenant = t.num AND g.id = wanted.value ->> 2`

/** In which table, and there in which column, a stream's seq stands. */
const HOLDERS: Readonly<Record<StreamKind, readonly ['users' | 'groups' | 'progress', number]>> = {
  user: ['users', 0],
  profile: ['users', 1],
  keys: ['users', 2],
  group: ['groups', 0],
  members: ['groups', 1],
  tenants: ['progress', 0],
}

export function tenants({ sql }: ReadContext, ids: readonly string[]): readonly (TenantRow | null)[] {
  const found: (TenantRow | null)[] = ids.map(() => null)
  for (const [key, id, name, createdAt] of sql.all<[number, string, string, number]>(
    TENANTS,
    JSON.stringify(ids),
  )) {
    found[key] = { id, name, createdAt: iso(createdAt) }
  }
  return found
}

/** At most three statements, one for each kind of entity that is asked for. */
export function applied({ sql }: ReadContext, streams: readonly StreamName[]): readonly number[] {
  const seqs = streams.map(() => 0)
  const parts = streams.map(parseStream)
  const wanted = { users: [] as unknown[], groups: [] as unknown[], progress: [] as unknown[] }
  for (const [i, part] of parts.entries()) {
    if (part !== null) wanted[HOLDERS[part.kind][0]].push([i, part.tenant, part.id])
  }
  const take = (index: number, row: readonly number[]) => {
    const part = parts[index]
    if (part) seqs[index] = row[HOLDERS[part.kind][1]] ?? 0
  }
  for (const [table, statement] of [
    ['users', USER_SEQS],
    ['groups', GROUP_SEQS],
  ] as const) {
    if (wanted[table].length === 0) continue
    const rows = sql.all<[number, ...number[]]>(statement, JSON.stringify(wanted[table]))
    for (const [index, ...row] of rows) take(index, row)
  }
  if (wanted.progress.length > 0) {
    const row = sql.get<[number]>('SELECT tenants_seq FROM progress') ?? [0]
    for (const [index] of wanted.progress as [number][]) take(index, row)
  }
  return seqs
}
