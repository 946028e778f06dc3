import { isDeepStrictEqual } from 'node:util'
import { type Change, type Followed, type History, keyOf } from './history.ts'
import { changesIn, Journal, partsOf } from './Journal.ts'

/**
 * Each stream's seqs are contiguous from 1 in the journal; every node tells the same journal; and a follower is told of its changes in the
 * journal's order, over all of its connections. Within a snapshot each stream comes in its own order.
 */
export function ordered(history: History): string[] {
  const journal = new Journal(history)
  return [
    ...Object.entries(history.journals).flatMap(([node, changes]) => holes(node, changes)),
    ...Object.entries(history.journals).flatMap(([node, changes]) => otherThan(journal, node, changes)),
    ...history.followers.flatMap((follower) => [
      ...disorder(journal, follower),
      ...disorderWithinStreams(follower),
    ]),
  ]
}

function holes(node: string, changes: readonly Change[]): string[] {
  const heads = new Map<string, number>()
  const found: string[] = []
  for (const { stream, seq } of changes) {
    const head = heads.get(stream) ?? 0
    if (seq !== head + 1) found.push(`the journal of ${node} has ${stream}@${seq} after @${head}`)
    heads.set(stream, Math.max(head, seq))
  }
  return found
}

function otherThan({ changes: first }: Journal, node: string, changes: readonly Change[]): string[] {
  const length = Math.max(first.length, changes.length)
  for (let place = 0; place < length; place++) {
    const [one, other] = [first[place], changes[place]]
    if (!isDeepStrictEqual(one, other)) {
      return [`the journal of ${node} has ${say(other)} at ${place}, where another node has ${say(one)}`]
    }
  }
  return []
}

const say = (change: Change | undefined): string =>
  change === undefined ? 'nothing' : JSON.stringify(change)

function disorder(journal: Journal, follower: Followed): string[] {
  const found: string[] = []
  let last = -1
  for (const [number, { state, journal: live }] of partsOf(follower).entries()) {
    const where = `${follower.name}, connection ${number}`
    for (const change of [...changesIn(state), ...changesIn(live)]) {
      const known = journal.changes[journal.placeOf(change) ?? -1]
      if (!isDeepStrictEqual(change, known)) found.push(`${where}: ${say(change)} is not in the journal so`)
    }
    for (const change of changesIn(live)) {
      const place = journal.placeOf(change) ?? last
      if (place < last) found.push(`${where}: ${keyOf(change)} came after a later change`)
      last = Math.max(last, place)
    }
  }
  return found
}

function disorderWithinStreams(follower: Followed): string[] {
  const found: string[] = []
  for (const [number, { state }] of partsOf(follower).entries()) {
    const heads = new Map<string, number>()
    for (const { stream, seq } of changesIn(state)) {
      const head = heads.get(stream) ?? 0
      if (seq < head)
        found.push(`${follower.name}, connection ${number}: ${stream}@${seq} came after @${head}`)
      heads.set(stream, seq)
    }
  }
  return found
}
