import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RecordedEvent } from '../domain/events.ts'
import type { TenantId } from '../domain/streams.ts'
import type { Bell, Ring } from './Bell.ts'

/** `position` is where to resume after this message. */
export type JournalMessage =
  /** At least one change of those that are wanted, in the journal's order. */
  | { readonly kind: 'changes'; readonly events: readonly RecordedEvent[]; readonly position: number }
  /** Said once: the replay has reached the journal's end, what follows is live. */
  | { readonly kind: 'level'; readonly position: number }
  /** The journal moved with nothing that is wanted: said after each page of the replay, and then about once a second at most. */
  | { readonly kind: 'moved'; readonly position: number }

/** A page of the tenant's journal after a position: see Journal. */
type ReadPage = (
  tenant: TenantId,
  after: number,
  limit: number,
) => Promise<{ readonly events: readonly RecordedEvent[]; readonly position: number }>

const PAGE = 500

export interface TailOptions {
  readonly signal: AbortSignal
  /** Those of a page's changes to be told of; without it, all. */
  readonly select?: (events: readonly RecordedEvent[]) => readonly RecordedEvent[]
}

/**
 * Follows a tenant's journal: replays from the position, then goes on live. It never misses, repeats or reorders a change,
 * because it only ever reads the journal from where it was; being woken is a hint. Nothing is queued for a slow consumer: it
 * holds one page and reads the next when it is asked for it.
 *
 * To end it while it waits, abort the signal: a generator's `return()` waits until it is woken.
 */
export async function* tail(
  { read, bell }: { readonly read: ReadPage; readonly bell: Bell },
  tenant: TenantId,
  after: number,
  { signal, select }: TailOptions,
): AsyncGenerator<JournalMessage, void, undefined> {
  let position = after
  let told = after
  let isLive = false
  let ring: Ring = 'changes'
  const hasEnded = () => signal.aborted || bell.isClosed
  while (!hasEnded()) {
    const page = await read(tenant, position, PAGE)
    if (hasEnded()) return
    position = page.position
    const isFull = page.events.length === PAGE
    const events = select === undefined ? page.events : select(page.events)
    if (events.length > 0 || isFull || ring === 'tick') {
      told = position
      yield events.length > 0 ? { kind: 'changes', events, position } : { kind: 'moved', position }
    }
    if (isFull) {
      // A log that answers on this thread would let a long replay keep everything else from running.
      await nextTurn()
      continue
    }
    if (!isLive) {
      isLive = true
      told = position
      yield { kind: 'level', position }
    }
    ring = await bell.sleep(tenant, { position, told }, signal)
  }
}
