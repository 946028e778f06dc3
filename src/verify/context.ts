import { setImmediate as nextTurn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { StreamName } from '../domain/streams.ts'
import type { LogReader } from '../log/EventLog.ts'
import type { ViewReader } from '../views/ViewStore.ts'
import type { Difference, Entity, Problem, Tally } from './problems.ts'

/** What every check works with. */
export interface VerifyContext {
  readonly log: LogReader
  readonly views: ViewReader
  readonly tally: Tally
  /** Streams in quarantine just now: that they stand still is told once, elsewhere. */
  readonly quarantined: () => Promise<ReadonlySet<StreamName>>
  /** Whether the nth of many is also looked up in every other way: all would take several times as long. */
  readonly isSampled: (n: number) => boolean
  /** How long an entity that keeps changing is read again. */
  readonly deadlineMs: number
}

/**
 * Reads the views as of one moment: if what `look` answers (applied seqs, counts) differs before and after, again, until the
 * deadline; then null. The log only grows, so read afterwards and cut at what had been applied it says exactly what had to be
 * seen.
 */
export async function atOneMoment<Look, Seen>(
  { deadlineMs }: VerifyContext,
  look: () => Promise<Look>,
  read: () => Promise<Seen>,
): Promise<{ readonly look: Look; readonly seen: Seen } | null> {
  const deadline = performance.now() + deadlineMs
  for (;;) {
    const before = await look()
    const seen = await read()
    if (isDeepStrictEqual(before, await look())) return { look: before, seen }
    if (performance.now() > deadline) return null
    await nextTurn()
  }
}

export const problemsOf = (entity: Entity, differences: readonly Difference[]): readonly Problem[] =>
  differences.map((difference) => ({ entity, ...difference }))

/** Told as what could not be judged, not as a problem. */
export function noteUnsettled({ tally }: VerifyContext, { kind, tenant, id }: Entity): void {
  tally.unsettled.push(`${kind} ${tenant}/${id}`)
}
