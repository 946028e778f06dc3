import { parseStream, type StreamKind, type StreamName } from '../../../domain/streams.ts'
import type { TenantRow } from '../../../ops/rows.ts'
import { iso } from '../../codes.ts'
import { type ViewState, ViewsLost } from '../../ViewStore.ts'
import { entityKey } from '../keys.ts'
import { byPlace, type ReadContext } from './ReadContext.ts'

const TENANTS = `SELECT w.nth, t.id, t.name, t.created_at FROM unnest($1::text[]) WITH ORDINALITY w (id, nth)
  JOIN tenants t ON t.id = w.id WHERE t.name IS NOT NULL`

const SEQS = `SELECT w.nth, u.user_seq, u.profile_seq, u.keys_seq, g.group_seq, g.members_seq, p.tenants_seq
  FROM unnest($1::text[], $2::boolean[]) WITH ORDINALITY w (key, is_group, nth)
    CROSS JOIN progress p
    LEFT JOIN users u ON NOT w.is_group AND u.key = w.key
    LEFT JOIN groups g ON w.is_group AND g.key = w.key`

/** In which column of those a stream's seq stands. */
const COLUMN: Readonly<Record<StreamKind, number>> = {
  user: 0,
  profile: 1,
  keys: 2,
  group: 3,
  members: 4,
  tenants: 5,
}

export async function tenants(
  { sql }: ReadContext,
  ids: readonly string[],
): Promise<readonly (TenantRow | null)[]> {
  const found: (TenantRow | null)[] = ids.map(() => null)
  const rows = await sql.all<[number, string, string, number]>(TENANTS, ids)
  for (const [place, id, name, createdAt] of byPlace(rows)) {
    found[place] = { id, name, createdAt: iso(createdAt) }
  }
  return found
}

export async function applied(
  { sql }: ReadContext,
  streams: readonly StreamName[],
): Promise<readonly number[]> {
  const seqs = streams.map(() => 0)
  if (streams.length === 0) return seqs
  const parts = streams.map((stream) => parseStream(stream) ?? { kind: 'user' as const, tenant: '', id: '' })
  const rows = await sql.all<[number, ...(number | null)[]]>(
    SEQS,
    parts.map(({ tenant, id }) => entityKey(tenant, id)),
    parts.map(({ kind }) => kind === 'group' || kind === 'members'),
  )
  for (const [place, ...columns] of byPlace(rows)) {
    seqs[place] = columns[COLUMN[parts[place]?.kind ?? 'user']] ?? 0
  }
  return seqs
}

/** After a statement that has shown rows, the journal's end is past their entries: they were committed with them, or after them. */
const STATE = `SELECT p.incarnation::text || ' ' || p.batch, h.position FROM progress p CROSS JOIN journal_head h`

export async function state({ sql }: ReadContext): Promise<ViewState> {
  const row = await sql.get<[string, number]>(STATE)
  if (row === undefined) throw new ViewsLost()
  const [version, covers] = row
  return { version, covers }
}

export async function position({ sql }: ReadContext): Promise<number> {
  return (await sql.get<[number]>('SELECT position FROM progress'))?.[0] ?? 0
}
