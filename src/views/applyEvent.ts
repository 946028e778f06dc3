import { EVENT_TYPES, type Event, type RecordedEvent, whyUnknown } from '../domain/events.ts'
import type { StreamKind, StreamParts } from '../domain/streams.ts'
import type { Batch } from './Batch.ts'
import { instant } from './checks.ts'
import { type Happening, PROJECTIONS } from './projections.ts'

/**
 * Where the applied seq of a stream is kept, with those of its entity's other streams. Looking at it writes nothing: a row is
 * saved once an event was applied to it.
 */
export function seqsOf(batch: Batch, parts: StreamParts): Partial<Record<StreamKind, number>> {
  switch (parts.kind) {
    case 'user':
    case 'profile':
    case 'keys':
      return batch.user(parts.tenant, parts.id).seqs
    case 'group':
    case 'members':
      return batch.group(parts.tenant, parts.id).seqs
    case 'tenants':
      return batch.progress.seqs
  }
}

/** Applies the event that is next in its stream. If it throws, the batch is as it was. */
export function applyEvent(batch: Batch, recorded: RecordedEvent, parts: StreamParts): void {
  const { event, seq, meta } = recorded
  if (event.type === 'Unknown') throw new Error(`event ${event.name} ${whyUnknown(event)}`)
  const at = instant('at', meta.at)
  requireSubject(event, parts)
  reduce(batch, event, { tenant: parts.tenant, at })
  touch(batch, parts, seq, at)
}

function reduce(batch: Batch, event: Event, happening: Happening): void {
  // The table's key and its reducer's event agree by its type, which TypeScript cannot follow through an index.
  const reducer = PROJECTIONS[event.type] as (batch: Batch, event: Event, happening: Happening) => void
  reducer(batch, event, happening)
}

/** An event changes only what its stream is about. */
function requireSubject(event: Event, { kind, id }: StreamParts): void {
  if (EVENT_TYPES[event.type].stream !== kind) throw new Error(`${event.type} has no place in this stream`)
  if (kind === 'tenants') return
  const subject = kind === 'group' || kind === 'members' ? 'groupId' : 'userId'
  if ((event as unknown as Record<string, unknown>)[subject] !== id) {
    throw new Error(`${event.type} is about another ${subject}`)
  }
}

/** Memberships and keys are rows of their own: they do not count as an update of the group or user. */
function touch(batch: Batch, parts: StreamParts, seq: number, at: number): void {
  const { kind, tenant, id } = parts
  if (kind === 'tenants') return
  const ofUser = kind === 'user' || kind === 'profile' || kind === 'keys'
  const entity = ofUser ? batch.user(tenant, id) : batch.group(tenant, id)
  entity.dirty = true
  if ((kind === 'user' || kind === 'group') && seq === 1) entity.createdAt = at
  if (kind !== 'keys' && kind !== 'members') entity.updatedAt = Math.max(entity.updatedAt, at)
}
