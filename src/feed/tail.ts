import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RecordedEvent } from '../domain/events.ts'
import type { TenantId } from '../domain/streams.ts'
import type { Bell, Select, Woken } from './Bell.ts'
import { PAGE, type ReadPage } from './readPage.ts'

/** `position` is where to resume after this message. */
export type JournalMessage =
  /** At least one change of those that are wanted, in the journal's order. */
  | { readonly kind: 'changes'; readonly events: readonly RecordedEvent[]; readonly position: number }
  /** Said once: the replay has reached the journal's end, what follows is live. */
  | { readonly kind: 'level'; readonly position: number }
  /** The journal moved with nothing that is wanted: said after each page of the replay, and then about once a second at most. */
  | { readonly kind: 'moved'; readonly position: number }

export interface TailOptions {
  readonly signal: AbortSignal
  /** Those of a page's changes to be told of; without it, all. Followers who are told the same cost less if they bring the same one. */
  readonly select?: Select
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
  { signal, select = everything }: TailOptions,
): AsyncGenerator<JournalMessage, void, undefined> {
  const followed = { tenant, select }
  let told = after
  let isLive = false
  let woken: Woken = { ring: 'changes', position: after }
  const hasEnded = () => signal.aborted || bell.isClosed
  while (!hasEnded()) {
    const page = await read(tenant, woken.position, PAGE)
    if (hasEnded()) return
    const { position } = page
    const isFull = page.events.length === PAGE
    const events = select(page.events)
    if (events.length > 0 || isFull || woken.ring === 'tick') {
      told = position
      yield events.length > 0 ? { kind: 'changes', events, position } : { kind: 'moved', position }
    }
    if (isFull) {
      // A log that answers on this thread would let a long replay keep everything else from running.
      await nextTurn()
      woken = { ring: 'changes', position }
      continue
    }
    if (!isLive) {
      isLive = true
      told = position
      yield { kind: 'level', position }
    }
    woken = await bell.sleep(followed, { position, told }, signal)
  }
}

const everything: Select = (events) => events
