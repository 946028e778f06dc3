import type { Change, History, Told, Write } from './history.ts'
import { Journal } from './Journal.ts'
import { isTold } from './matching.ts'

/**
 * What an acknowledged write asked for is in the journal, at or before the seqs of the token that it was answered with. One that found all
 * as it wanted writes nothing: then another has written so before, or, where it takes away, nobody ever gave.
 */
export function durable(history: History): string[] {
  const { changes } = new Journal(history)
  const byCause = Map.groupBy(changes, ({ cause }) => cause)
  const byStream = Map.groupBy(changes, ({ stream }) => stream)
  return history.writes.flatMap((write) => {
    const { id, op, outcome, sets, vector } = write
    if (outcome !== 'acknowledged') return []
    const own = byCause.get(id)
    const candidates = own ?? Object.keys(vector ?? {}).flatMap((stream) => byStream.get(stream) ?? [])
    const seen = candidates.filter((change) => isCovered(write, change))
    return sets
      .filter((fact) => !seen.some(({ event }) => isTold(fact, event)))
      .filter(
        (fact) => own !== undefined || !isAbsence(fact) || seen.some(({ event }) => isOfSame(fact, event)),
      )
      .map((fact) => `${op} ${id} was acknowledged, but ${JSON.stringify(fact)} is not there`)
  })
}

const isCovered = ({ vector }: Write, { stream, seq }: Change): boolean =>
  vector === null || seq <= (vector[stream] ?? 0)

const isAbsence = ({ role }: Told): boolean => role === null

const isOfSame = (fact: Told, event: Told): boolean => isTold({ ...fact, role: event.role }, event)
