import type { Claim } from '../../domain/claims.ts'
import type { StreamName } from '../../domain/streams.ts'
import type { StoredHead, StoredLogReader, StoredRequest } from '../../log/StoredLog.ts'
import { hashAfter } from '../../log/storedChain.ts'
import { eventsOf, pagesOf, standingIn } from '../../log/storedPages.ts'

export interface Compared {
  streams: number
  events: number
  claims: number
  requests: number
}

/**
 * Tells in what two logs differ. Events are those of the copy, read again: the chain over them has to end in the hash of the source's head,
 * which covers all that each of them says.
 */
export async function* compareLogs(
  source: StoredLogReader,
  copy: StoredLogReader,
  compared: Compared,
): AsyncGenerator<string> {
  for await (const page of pagesOf(source)) {
    yield* compareStreams(copy, page.heads, compared)
    yield* compareClaims(copy, page.claims)
    yield* compareRequests(copy, page.requests)
    compared.claims += page.claims.length
    compared.requests += page.requests.length
  }
  // Where all of the source is in the copy, and the copy has no more than that, they are the same.
  const { streams, claims, requests } = await standingIn(copy)
  if (streams > compared.streams || claims > compared.claims || requests > compared.requests) {
    for await (const page of pagesOf(copy)) yield* strangers(source, page)
  }
}

async function* compareStreams(
  copy: StoredLogReader,
  heads: readonly StoredHead[],
  compared: Compared,
): AsyncGenerator<string> {
  const others = await copy.heads(heads.map(({ stream }) => stream))
  const hashes = new Map<StreamName, string>()
  const stretches = others.map(({ stream, seq }) => ({ stream, after: 0, seq }))
  for await (const streams of eventsOf(copy, stretches)) {
    for (const event of streams.flat()) {
      hashes.set(event.stream, hashAfter(hashes.get(event.stream) ?? null, event))
      compared.events += 1
    }
  }
  for (const [index, { stream, seq, hash }] of heads.entries()) {
    const other = others[index]
    compared.streams += 1
    if (other?.seq !== seq) yield `stream ${stream}: the source is at seq ${seq}, the copy at ${other?.seq}`
    else if (other.hash !== hash || hashes.get(stream) !== hash) {
      yield `stream ${stream}: the events of the copy are not those of the source`
    }
  }
}

async function* compareClaims(copy: StoredLogReader, claims: readonly Claim[]): AsyncGenerator<string> {
  const owners = await copy.owners(claims)
  for (const [index, { tenant, kind, value, owner }] of claims.entries()) {
    if (owners[index] === owner) continue
    yield `the ${kind} ${JSON.stringify(value)} of ${tenant}: in the source ${owner} has it, in the copy ${owners[index] ?? 'nobody'}`
  }
}

async function* compareRequests(
  copy: StoredLogReader,
  requests: readonly StoredRequest[],
): AsyncGenerator<string> {
  const others = await copy.requests(requests)
  for (const [index, { tenant, key, fingerprint, result }] of requests.entries()) {
    const other = others[index]
    if (other?.fingerprint === fingerprint && other.result === result) continue
    yield `the request ${JSON.stringify(key)} of ${tenant}: its record is ${other == null ? 'missing' : 'another'}`
  }
}

/** What only the copy has. */
async function* strangers(
  source: StoredLogReader,
  { heads, claims, requests }: Awaited<ReturnType<StoredLogReader['page']>>,
): AsyncGenerator<string> {
  const seqs = await source.heads(heads.map(({ stream }) => stream))
  for (const [index, { stream }] of heads.entries()) {
    if (seqs[index]?.seq === 0) yield `stream ${stream}: only the copy has it`
  }
  const owners = await source.owners(claims)
  for (const [index, { tenant, kind, value }] of claims.entries()) {
    if (owners[index] === null)
      yield `the ${kind} ${JSON.stringify(value)} of ${tenant}: only in the copy it is taken`
  }
  const known = await source.requests(requests)
  for (const [index, { tenant, key }] of requests.entries()) {
    if (known[index] === null)
      yield `the request ${JSON.stringify(key)} of ${tenant}: only the copy has its record`
  }
}
