import type { GroupFacts, Place } from '../domain/fold.ts'
import type { GroupStreams, StreamName } from '../domain/streams.ts'
import { fold } from '../domain/text.ts'
import type { GroupRow, MembershipRow } from '../ops/rows.ts'
import { compareRows } from './compare.ts'
import type { Difference } from './problems.ts'

/** What the views show of one group, as of one moment. */
export interface SeenGroup {
  readonly row: GroupRow | null
  readonly byName: GroupRow | null
  readonly members: readonly MembershipRow[]
}

export interface GroupComparison {
  readonly differences: readonly Difference[]
  /** Members in the log alone: it depends on these users whether that is right. */
  readonly missing: readonly (readonly [userId: string, place: Place])[]
}

/** `places` is used up. `parentId`: null too for a parent that has been deleted. */
export function compareGroup(
  [group, members]: GroupStreams,
  facts: GroupFacts,
  places: Map<string, Place>,
  {
    seen,
    parentId,
    seqs,
  }: { readonly seen: SeenGroup; readonly parentId: string | null; readonly seqs: GroupRow['seqs'] },
): GroupComparison {
  const { status, name, ...rest } = facts
  const isShown = name !== null && status !== 'DELETED'
  // Users come and go in streams of their own, so the count is held against the list; each of its rows is against the log.
  const memberCount = seen.members.length
  const wanted: GroupRow | null = isShown ? { ...rest, name, parentId, memberCount, seqs } : null
  const rows = compareRows(wanted, seen.row, 'row', (field) => (field === 'memberCount' ? members : group))
  const differences = [...rows, ...compareMembers(members, status === 'DELETED' ? new Map() : places, seen)]
  const isFound = seen.byName?.id === facts.id || fold(seen.byName?.name ?? '') === fold(name ?? '')
  if (isShown && seen.row !== null && !isFound) {
    differences.push({ stream: group, what: 'found by name', log: facts.id, view: seen.byName?.id ?? null })
  }
  return { differences, missing: status === 'DELETED' ? [] : [...places] }
}

/** Leaves in `places` what the views do not have. */
function compareMembers(
  stream: StreamName,
  places: Map<string, Place>,
  { members }: SeenGroup,
): readonly Difference[] {
  const differences: Difference[] = []
  for (const { userId, role, since } of members) {
    const place = places.get(userId)
    const what = `member ${userId}`
    if (place === undefined) differences.push({ stream, what, log: null, view: role })
    else {
      if (place.role !== role)
        differences.push({ stream, what: `${what}: role`, log: place.role, view: role })
      if (place.since !== since)
        differences.push({ stream, what: `${what}: since`, log: place.since, view: since })
    }
    places.delete(userId)
  }
  return differences
}
