import type { Claim } from '../domain/claims.ts'
import type { StreamName } from '../domain/streams.ts'
import {
  claimWithoutOwner,
  type HeldClaim,
  holderOf,
  isAmong,
  isClaimed,
  ownerWithoutClaim,
} from './heldClaims.ts'
import type { LogProblem } from './LogProblem.ts'
import type { PlacedEvent, StoredHead, StoredLogReader } from './StoredLog.ts'
import { StreamFold } from './StreamFold.ts'
import { eventsOf, pagesOf } from './storedPages.ts'

export interface StoredStep {
  readonly problems: readonly LogProblem[]
  /** So many have been read. */
  readonly events: number
}

/**
 * Goes through a log as it is stored, on whatever engine, while others may write, and tells what rollcall never writes so: seqs without a
 * hole, heads that say what the events do, chains, and every name held by exactly whom the events say.
 */
export async function* checkStoredIntegrity(log: StoredLogReader): AsyncGenerator<StoredStep> {
  let events = 0
  for await (const { heads, claims } of pagesOf(log)) {
    const folds = heads.map((head) => [head, new StreamFold(head)] as const)
    for await (const some of readInto(log, folds)) {
      events += some.length
      yield { problems: [], events }
    }
    const problems: LogProblem[] = []
    for (const [head, fold] of folds) problems.push(...(await checkStream(log, head, fold)))
    problems.push(...(await checkClaims(log, claims)))
    yield { problems, events }
  }
}

export type Fold = readonly [StoredHead, StreamFold]

/** Yields the events that were added. */
export async function* readInto(
  log: StoredLogReader,
  folds: readonly Fold[],
): AsyncGenerator<readonly PlacedEvent[]> {
  const byStream = new Map(folds.map(([{ stream }, fold]) => [stream, fold]))
  // One more than there should be.
  const stretches = folds.map(([{ stream, seq }]) => ({ stream, after: 0, seq: seq + 1 }))
  for await (const streams of eventsOf(log, stretches)) {
    const events = streams.flat()
    for (const event of events) byStream.get(event.stream)?.add(event)
    yield events
  }
}

async function checkStream(
  log: StoredLogReader,
  { stream, seq }: StoredHead,
  fold: StreamFold,
): Promise<readonly LogProblem[]> {
  const problems = fold.problems()
  if (problems.length > 0) return problems.map((problem) => ({ ...problem, stream }))
  if (fold.goesOn && (await seqOf(log, stream)) === seq) {
    return [{ kind: 'HEAD', stream, message: `its head says seq ${seq}, and there are events after that` }]
  }
  if ((await unclaimed(log, fold.held() ?? [])).length === 0) return []
  // Whoever renames writes both at once, and they were read one after the other.
  const held = await atRest(log, stream)
  return (await unclaimed(log, held ?? [])).map(([name, claimedBy]) =>
    ownerWithoutClaim(stream, name, claimedBy),
  )
}

/** Names that somebody holds and nobody claims, or another, with who claims them. */
export async function unclaimed(log: StoredLogReader, held: readonly HeldClaim[]) {
  const owners = held.length === 0 ? [] : await log.owners(held)
  const found = held.map((name, index) => [name, owners[index] ?? null] as const)
  return found.filter(([name, claimedBy]) => !isClaimed(name, claimedBy))
}

async function checkClaims(log: StoredLogReader, claims: readonly Claim[]): Promise<readonly LogProblem[]> {
  const heads = await log.heads([...new Set(claims.map(holderOf))])
  const folds = heads.map((head) => [head, new StreamFold(head)] as const)
  for await (const _ of readInto(log, folds));
  const held = new Map(folds.map(([{ stream }, fold]) => [stream, fold.held()]))
  const problems: LogProblem[] = []
  for (const claim of claims) {
    if (isAmong(held.get(holderOf(claim)) ?? null, claim)) continue
    const now = await atRest(log, holderOf(claim))
    const [owner] = await log.owners([claim])
    if (owner !== claim.owner || isAmong(now, claim)) continue
    problems.push(claimWithoutOwner(claim))
  }
  return problems
}

const seqOf = async (log: StoredLogReader, stream: StreamName): Promise<number> =>
  (await log.heads([stream]))[0]?.seq ?? 0

const ATTEMPTS = 5

/** The names that a stream holds, read while nobody wrote it; null where somebody always did. */
async function atRest(log: StoredLogReader, stream: StreamName): Promise<readonly HeldClaim[] | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [head] = await log.heads([stream])
    if (head === undefined) return null
    const fold = new StreamFold(head)
    for await (const _ of readInto(log, [[head, fold]]));
    if ((await seqOf(log, stream)) === head.seq) return fold.held()
  }
  return null
}
