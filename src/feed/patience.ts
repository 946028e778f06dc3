import { setTimeout as sleep } from 'node:timers/promises'
import { LogUnavailable } from '../log/EventLog.ts'
import { ViewsLost, ViewsSuperseded, ViewsUnavailable } from '../views/ViewStore.ts'

/** Of work in the background, for which nobody waits. */
export interface Patience {
  /** Ends the waiting. */
  readonly signal: AbortSignal
  /** Told of each attempt that failed. */
  readonly onTrouble: (error: unknown) => void
}

type Attempt = <A>(act: () => Promise<A>) => Promise<A | null>

const BASE_MS = 250
const CAP_MS = 10_000

/**
 * Does it until it succeeds, after each failure once a random part of a doubling pause is over ("full jitter"), for as long as the
 * trouble is of the kind that another attempt may help with. Null where it was aborted before.
 */
export async function persistently<A>(
  { signal, onTrouble }: Patience,
  act: () => Promise<A>,
  isWorthIt: (error: unknown) => boolean = () => true,
): Promise<A | null> {
  for (let pauseMs = BASE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, CAP_MS)) {
    try {
      return await act()
    } catch (error) {
      if (!isWorthIt(error)) throw error
      onTrouble(error)
      await sleep(Math.random() * pauseMs, undefined, { signal }).catch(() => undefined)
    }
  }
  return null
}

/** Attempts that wait out what passes by itself; without patience each is the only one. */
export const attempting = (patience: Patience | undefined): Attempt =>
  patience === undefined ? (act) => act() : (act) => persistently(patience, act, mayPass)

/** Views that are lost, or in whose place others serve, do not come back to whoever had them. */
const mayPass = (error: unknown): boolean =>
  error instanceof LogUnavailable ||
  (error instanceof ViewsUnavailable && !(error instanceof ViewsLost || error instanceof ViewsSuperseded))
