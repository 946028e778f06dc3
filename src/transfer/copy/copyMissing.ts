import type { Claim } from '../../domain/claims.ts'
import type { LogCopy, PlacedEvent, StoredHead, StoredLogReader, StoredRequest } from '../../log/StoredLog.ts'
import { eventsOf, pagesOf, standingIn } from '../../log/storedPages.ts'

/** What was there only in the source, or in another way. */
export interface Copied {
  readonly events: number
  readonly claims: number
  readonly requests: number
}

/**
 * One pass: brings to the copy what it lacks of its source, while others may write there. A stream is taken up to where it was when it was
 * looked at, so what others do meanwhile is for the next pass; where nobody writes any more, nothing is left after this one.
 * Progress counts what was there before, too.
 */
export async function copyMissing(
  source: StoredLogReader,
  copy: LogCopy,
  onProgress: (events: number) => void,
): Promise<Copied> {
  const began = new Date().toISOString()
  let [there, events, held, claims, requests] = [0, 0, 0, 0, 0]
  for await (const page of pagesOf(source)) {
    const known = await copy.heads(page.heads.map(({ stream }) => stream))
    there += known.reduce((sum, { seq }) => sum + seq, 0)
    for await (const count of copyEvents(source, copy, page.heads, known)) {
      events += count
      onProgress(there + events)
    }
    held += page.claims.length
    claims += await takeClaims(copy, page.claims)
    requests += await takeRequests(copy, page.requests)
  }
  // All that the source holds is there: so there is nothing to look for unless there is more.
  if ((await standingIn(copy)).claims > held) {
    for await (const page of pagesOf(copy)) claims += await releaseClaims(source, copy, page.claims)
  }
  await copy.passed(began)
  return { events, claims, requests }
}

async function* copyEvents(
  source: StoredLogReader,
  copy: LogCopy,
  heads: readonly StoredHead[],
  known: readonly StoredHead[],
): AsyncGenerator<number> {
  const stretches = heads.map(({ stream, seq }, index) => ({ stream, after: known[index]?.seq ?? 0, seq }))
  for await (const streams of eventsOf(source, stretches)) {
    requireWhole(streams)
    await copy.append(streams)
    yield streams.reduce((sum, events) => sum + events.length, 0)
  }
}

/** What cannot be read would be another event in the copy. One whose data alone makes no sense is copied as it is. */
function requireWhole(streams: readonly (readonly PlacedEvent[])[]): void {
  for (const { stream, seq, fault } of streams.flat()) {
    if (fault !== undefined) throw new Error(`event ${seq} of ${stream} cannot be copied: ${fault}`)
  }
}

async function takeClaims(copy: LogCopy, claims: readonly Claim[]): Promise<number> {
  const owners = await copy.owners(claims)
  const news = claims.filter(({ owner }, index) => owners[index] !== owner)
  if (news.length > 0) await copy.setClaims(news, [])
  return news.length
}

/** Those that nobody holds any more. Who holds others is told by the source's own pages. */
async function releaseClaims(
  source: StoredLogReader,
  copy: LogCopy,
  claims: readonly Claim[],
): Promise<number> {
  const owners = await source.owners(claims)
  const released = claims.filter((_, index) => owners[index] === null)
  if (released.length > 0) await copy.setClaims([], released)
  return released.length
}

async function takeRequests(copy: LogCopy, requests: readonly StoredRequest[]): Promise<number> {
  const known = await copy.requests(requests)
  const news = requests.filter((_, index) => known[index] === null)
  if (news.length > 0) await copy.addRequests(news)
  return news.length
}
