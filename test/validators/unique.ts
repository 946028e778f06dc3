import { type Change, type Followed, type History, keyOf } from './history.ts'
import { changesIn, partsOf } from './Journal.ts'

/**
 * No follower is told of a change twice, over all of its connections: after a resumption nothing comes that was told before its cursor,
 * after a snapshot nothing that was in it. Only a snapshot that was cut off may tell again what it told, on another connection.
 */
export const unique = ({ followers }: History): string[] => followers.flatMap(toldTwice)

function toldTwice(follower: Followed): string[] {
  const found: string[] = []
  const seen = new Set<string>()
  for (const [number, { state, journal }] of partsOf(follower).entries()) {
    const where = `${follower.name}, connection ${number}`
    found.push(...repeated(where, changesIn(state), new Set()))
    for (const change of changesIn(state)) seen.add(keyOf(change))
    found.push(...repeated(where, changesIn(journal), seen))
  }
  return found
}

/** Those that are in the set, to which it adds them all. */
const repeated = (where: string, changes: readonly Change[], seen: Set<string>): string[] =>
  changes.flatMap((change) => {
    const key = keyOf(change)
    const isNew = !seen.has(key)
    seen.add(key)
    return isNew ? [] : [`${where}: ${key} was told twice`]
  })
