import type { Actor, ActorKind } from '../domain/events.ts'

/** An actor as engines store it, and as the chain covers it. */
export const encodeActor = ({ kind, id, label }: Actor): string => JSON.stringify([kind, id, label])

/** Throws for what is none, and repeats nothing of it. */
export function decodeActor(text: string): Actor {
  const said = parsed(text)
  if (!Array.isArray(said)) throw new Error('its actor is none')
  const [kind, id, label] = said as [ActorKind, string | null, string | null]
  return { kind, id, label }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
