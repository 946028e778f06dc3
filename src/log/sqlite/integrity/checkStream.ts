import { decodeEvent, type Event, faultOf, type UnknownEvent } from '../../../domain/events.ts'
import { parseStream, type StreamParts } from '../../../domain/streams.ts'
import { NO_HASH } from '../../chain.ts'
import { type HeldClaim, heldClaims } from '../../heldClaims.ts'
import type { LogProblem, ProblemKind } from '../../LogProblem.ts'
import type { StoredEvent, StoredHead, StoredStream, StoredStreams } from '../storedStreams.ts'

export interface CheckedStream {
  readonly problems: readonly LogProblem[]
  /** The hash after each event; empty where that cannot be told. */
  readonly hashes: readonly string[]
  /** The names that it holds; null where that cannot be told. */
  readonly claims: readonly HeldClaim[] | null
}

/** Compares a stream's row with its events. */
export function checkStream(stored: StoredStreams, { id, head, events }: StoredStream): CheckedStream {
  const name = head?.name ?? null
  const failed = (kind: ProblemKind, message: string): CheckedStream => ({
    problems: [{ kind, stream: name, message }],
    hashes: [],
    claims: null,
  })
  if (head === null) return failed('HEAD', `stream ${id} has events, but no row`)
  const parts = parseStream(head.name)
  if (parts === null) return failed('HEAD', `stream ${id} has a name that is none`)
  const missing = events.findIndex(({ seq }, index) => seq !== index + 1)
  if (missing >= 0) return failed('SEQ_HOLE', `seq ${missing + 1} is missing`)
  // Told of by its position.
  if (!events.every(({ hasCommit }) => hasCommit)) return { problems: [], hashes: [], claims: null }
  try {
    const hashes = chainOf(stored, head.name, events)
    const said = saidIn(stored, events)
    const problems = [
      ...checkHead(head, events),
      ...checkChain(stored, head, parts, events, hashes.at(-1)),
      ...checkReadable(said),
    ].map((problem) => ({ ...problem, stream: name }))
    return { problems, hashes, claims: problems.length > 0 ? null : heldClaims(parts, said) }
  } catch (error) {
    return failed('CHAIN', `an event cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}

type Found = Omit<LogProblem, 'stream'>

function chainOf(stored: StoredStreams, name: string, events: readonly StoredEvent[]): string[] {
  let hash = NO_HASH
  return events.map((event) => {
    hash = stored.hashAfter(hash, name, event)
    return hash
  })
}

function* checkHead(head: StoredHead, events: readonly StoredEvent[]): Generator<Found> {
  const last = events.at(-1)
  if (head.seq !== (last?.seq ?? 0)) {
    yield {
      kind: 'HEAD',
      message: `its row says seq ${head.seq}, its last event is ${last?.seq ?? 'missing'}`,
    }
    return
  }
  if (last !== undefined && head.lastAt !== last.commit.at + last.delay) {
    yield { kind: 'HEAD', message: "its row says another time than its last event's" }
  }
  const newest = JSON.stringify(Object.fromEntries(events.map(({ type, position }) => [type, position])))
  if (head.latest !== newest)
    yield { kind: 'HEAD', message: 'its row names other events as the newest of their types' }
}

function* checkChain(
  stored: StoredStreams,
  head: StoredHead,
  { tenant }: StreamParts,
  events: readonly StoredEvent[],
  hash = NO_HASH,
): Generator<Found> {
  if (head.hash === null) yield { kind: 'CHAIN', message: 'it has lost its hash' }
  else if (head.hash !== hash) yield { kind: 'CHAIN', message: 'its events are not those that were written' }
  const tenantId = tenant === '' ? 0 : stored.symbols.find(tenant)
  const stray = events.find((event) => event.tenant !== tenantId)
  if (stray !== undefined) yield { kind: 'CHAIN', message: `seq ${stray.seq} is filed under another tenant` }
}

type Said = Event | UnknownEvent

const saidIn = ({ symbols }: StoredStreams, events: readonly StoredEvent[]): readonly Said[] =>
  events.map(({ type, version, data }) => decodeEvent(symbols.textOf(type), version, data))

/** The first: after it the views stand still. */
function* checkReadable(said: readonly Said[]): Generator<Found> {
  const index = said.findIndex((event) => faultOf({ event }) !== null)
  const event = said[index]
  if (event === undefined) return
  yield { kind: 'UNREADABLE', message: `event ${index + 1} cannot be read: ${faultOf({ event })}` }
}
