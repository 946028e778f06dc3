import type { Change, History, Observation, Told } from './history.ts'
import { Journal } from './Journal.ts'

/** Whoever was told of a change, or passed its token, and then queries, sees it or what came after it. */
export function visible(history: History): string[] {
  const gone = new Set(new Journal(history).changes.filter(isDeletion).map(({ stream }) => stream))
  return history.observations.flatMap((observation) => blind(observation, gone))
}

function blind({ node, why, wanted, seen }: Observation, gone: ReadonlySet<string>): string[] {
  return Object.entries(wanted)
    .filter(([stream, seq]) => (seen === null ? !gone.has(entityOf(stream)) : (seen[stream] ?? 0) < seq))
    .map(
      ([stream, seq]) => `${node}, ${why}: ${stream}@${seq} was not seen, but ${seen?.[stream] ?? 'nothing'}`,
    )
}

const isDeletion = ({ event }: Change): boolean => statusOf(event) === 'DELETED'
const statusOf = ({ status, groupStatus }: Told): unknown => status ?? groupStatus

/** The stream that a group's or a user's deletion is in: `tenant/kind/id`. */
const entityOf = (stream: string): string => stream.split('/', 3).join('/')
