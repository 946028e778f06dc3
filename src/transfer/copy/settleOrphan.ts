import type { Claim } from '../../domain/claims.ts'
import { groupStream, parseStream, type StreamName, userStream } from '../../domain/streams.ts'
import { type HeldClaim, holderOf, isAmong } from '../../log/heldClaims.ts'
import type { LogCopy, StoredHead, StoredRequest } from '../../log/StoredLog.ts'
import { StreamFold } from '../../log/StreamFold.ts'
import { type Fold, readInto, unclaimed } from '../../log/storedIntegrity.ts'
import { pagesOf } from '../../log/storedPages.ts'
import type { Recalled } from '../../ops/command.ts'

/** What was found in an orphan, counted. */
export interface OrphanTally {
  streams: number
  events: number
  /** The time of the newest event, ISO 8601; empty without any. */
  newest: string
  /** Streams with holes, or with other events than were brought: no pass leaves one. */
  broken: number
  /** Claims that do not fit the events. */
  claims: number
  /** Records of requests whose changes are not all there. */
  requests: number
  /** Changes that are there in part, names that two hold: nobody but people can mend them. */
  torn: number
}

export const emptyOrphanTally = (): OrphanTally => ({
  ...{ streams: 0, events: 0, newest: '', broken: 0, claims: 0, requests: 0, torn: 0 },
})

/**
 * Goes through an orphan: a copy that its source was lost to before it was finished. Each stream is there up to some event, as its pass
 * found it, and nothing beside the streams need fit to that. So where `mend` is asked for, names are given to whom the events say, and
 * records are removed of requests whose changes are not all there: a request that is sent again is carried out then. What that does
 * not mend, or breaks a stream, is told.
 */
export async function* settleOrphan(
  copy: LogCopy,
  mend: boolean,
  tally: OrphanTally,
): AsyncGenerator<string> {
  for await (const { heads, claims, requests } of pagesOf(copy)) {
    yield* settleStreams(copy, heads, mend, tally)
    await settleClaims(copy, claims, mend, tally)
    yield* settleRequests(copy, requests, mend, tally)
  }
}

async function* settleStreams(
  copy: LogCopy,
  heads: readonly StoredHead[],
  mend: boolean,
  tally: OrphanTally,
): AsyncGenerator<string> {
  const folds = await fold(copy, heads, tally)
  for (const [{ stream }, own] of folds) {
    const [problem] = own.problems()
    if (problem === undefined && !own.goesOn) continue
    tally.broken += 1
    yield `stream ${stream}: ${problem?.message ?? 'there are events after what its head says'}`
  }
  yield* headless(copy, heads, tally)
  tally.streams += heads.length
  const wanting = await unclaimed(
    copy,
    folds.flatMap(([, own]) => own.held() ?? []),
  )
  const taken: Claim[] = []
  for (const [held, claimedBy] of wanting) {
    const claim = { ...held, owner: held.owner ?? held.tenant }
    if (claimedBy !== null && (await holds(copy, { ...claim, owner: claimedBy }))) {
      tally.torn += 1
      yield `the ${claim.kind} ${JSON.stringify(claim.value)} of ${claim.tenant}: ${claim.owner} has it, and ${claimedBy}, who keeps it: rename the other`
    } else taken.push(claim)
  }
  tally.claims += taken.length
  if (mend && taken.length > 0) await copy.setClaims(taken, [])
}

/** Profiles, keys and members of what is not there itself. */
async function* headless(
  copy: LogCopy,
  heads: readonly StoredHead[],
  tally: OrphanTally,
): AsyncGenerator<string> {
  const parts = heads.flatMap(({ stream, seq }) => {
    const owner = ownerOf(stream)
    return owner === null || owner === stream || seq === 0 ? [] : [{ stream, owner }]
  })
  const owners = await copy.heads(parts.map(({ owner }) => owner))
  for (const [index, { stream, owner }] of parts.entries()) {
    if (owners[index]?.seq !== 0) continue
    tally.torn += 1
    yield `stream ${stream}: it is there, and ${owner} is not`
  }
}

function ownerOf(stream: StreamName): StreamName | null {
  const parts = parseStream(stream)
  if (parts === null || parts.kind === 'tenants') return null
  const isOfGroup = parts.kind === 'group' || parts.kind === 'members'
  return isOfGroup ? groupStream(parts.tenant, parts.id) : userStream(parts.tenant, parts.id)
}

/** Releases those that the events say nobody holds. */
async function settleClaims(
  copy: LogCopy,
  claims: readonly Claim[],
  mend: boolean,
  tally: OrphanTally,
): Promise<void> {
  const held = await heldIn(copy, [...new Set(claims.map(holderOf))])
  // Some may have been given to others by now.
  const owners = await copy.owners(claims)
  const released = claims.filter(
    (claim, index) => owners[index] === claim.owner && !isAmong(held.get(holderOf(claim)) ?? null, claim),
  )
  tally.claims += released.length
  if (mend && released.length > 0) await copy.setClaims([], released)
}

async function* settleRequests(
  copy: LogCopy,
  requests: readonly StoredRequest[],
  mend: boolean,
  tally: OrphanTally,
): AsyncGenerator<string> {
  const written = requests.map(
    ({ result }) => (JSON.parse(result) as Partial<Recalled> | null)?.written ?? [],
  )
  const streams = [...new Set(written.flat().map(([stream]) => stream))]
  const seqs = new Map((await copy.heads(streams)).map(({ stream, seq }) => [stream, seq]))
  const unmade = requests.filter((_, index) =>
    written[index]?.some(([stream, seq]) => (seqs.get(stream) ?? 0) < seq),
  )
  for (const [index, { tenant, key }] of requests.entries()) {
    const own = written[index] ?? []
    const lacking = own.filter(([stream, seq]) => (seqs.get(stream) ?? 0) < seq)
    if (lacking.length === 0 || lacking.length === own.length) continue
    tally.torn += 1
    const [[stream, seq] = ['', 0]] = lacking
    yield `the request ${JSON.stringify(key)} of ${tenant}: a part of its changes is there, and ${stream} is not at seq ${seq}`
  }
  tally.requests += unmade.length
  if (mend && unmade.length > 0) await copy.removeRequests(unmade)
}

async function fold(
  copy: LogCopy,
  heads: readonly StoredHead[],
  tally?: OrphanTally,
): Promise<readonly Fold[]> {
  const folds = heads.map((head) => [head, new StreamFold(head)] as const)
  for await (const events of readInto(copy, folds)) {
    if (tally === undefined) continue
    tally.events += events.length
    for (const { meta } of events) if (meta.at > tally.newest) tally.newest = meta.at
  }
  return folds
}

const heldIn = async (
  copy: LogCopy,
  streams: readonly StreamName[],
): Promise<ReadonlyMap<StreamName, readonly HeldClaim[] | null>> =>
  new Map((await fold(copy, await copy.heads(streams))).map(([{ stream }, own]) => [stream, own.held()]))

async function holds(copy: LogCopy, claim: Claim): Promise<boolean> {
  const stream = holderOf(claim)
  return isAmong((await heldIn(copy, [stream])).get(stream) ?? null, claim)
}
