import type { StoredEvent } from '../domain/events.ts'
import { encodeActor } from './actor.ts'
import { encodeProvenance, NO_HASH, nextHash } from './chain.ts'

/** The hash after this event, and the one before it, as every engine keeps it in its stream's head. */
export const hashAfter = (
  previous: string | null,
  { stream, seq, name, version, data, meta }: StoredEvent,
): string =>
  nextHash(previous ?? NO_HASH, {
    seq,
    type: name,
    version,
    at: Date.parse(meta.at),
    provenance: encodeProvenance({ ...meta, stream, actor: encodeActor(meta.actor) }),
    data,
  })
