import { isDeepStrictEqual } from 'node:util'
import { DirectoryCopy, type DirectoryState } from '../support/DirectoryCopy.ts'
import type { Change, Followed, History } from './history.ts'
import { changesIn, Journal } from './Journal.ts'

/**
 * At the quiet point every node shows the same directory; the journal, folded, is that directory; and so is the copy of every follower who
 * is told of everything, from the beginning or from a snapshot.
 */
export function copies(history: History): string[] {
  const journal = new Journal(history)
  const folded = fold(journal.changes)
  const directories = Object.entries(history.directories)
  const shown = directories.flatMap(([node, directory]) =>
    difference(`the journal, folded, and the directory that ${node} shows`, folded, directory),
  )
  const kept = history.followers
    .filter((follower) => isWhole(journal, follower))
    .flatMap(({ name, connections }) =>
      difference(
        `the copy of ${name} and the journal, folded`,
        fold(connections.flatMap(({ received }) => changesIn(received))),
        folded,
      ),
    )
  return [...shown, ...kept]
}

const isWhole = (journal: Journal, follower: Followed): boolean =>
  Object.keys(follower.filter).length === 0 &&
  (follower.start === 'snapshot' || journal.startOf(follower) === 0)

function fold(changes: readonly Change[]): DirectoryState {
  const copy = new DirectoryCopy()
  for (const change of changes) copy.apply(change)
  return copy.state()
}

/** By the first few entities that differ. */
function difference(what: string, one: DirectoryState, other: DirectoryState): string[] {
  const differing = (['users', 'groups'] as const).flatMap((kind) => {
    const [left, right] = [byId(one[kind]), byId(other[kind])]
    return [...new Set([...left.keys(), ...right.keys()])]
      .filter((id) => !isDeepStrictEqual(left.get(id), right.get(id)))
      .map((id) => `${JSON.stringify(left.get(id) ?? null)} and ${JSON.stringify(right.get(id) ?? null)}`)
  })
  return differing.slice(0, 5).map((pair) => `${what} differ: ${pair}`)
}

const byId = <Row extends { readonly id: string }>(rows: readonly Row[]): Map<string, Row> =>
  new Map(rows.map((row) => [row.id, row]))
