import type { DatabaseSync } from 'node:sqlite'
import { NO_HASH, RootHash } from '../../chain.ts'
import type { LogProblem } from '../../LogProblem.ts'
import { openForReading, query } from '../database.ts'
import { requireCurrentSchema } from '../schema.ts'
import { StoredStreams } from '../storedStreams.ts'
import { Symbols } from '../symbols.ts'
import { ClaimCheck } from './ClaimCheck.ts'
import { checkStream } from './checkStream.ts'
import { PositionCheck } from './PositionCheck.ts'

export interface IntegrityStep {
  readonly problems: readonly LogProblem[]
  /** From 0 to 1. */
  readonly share: number
}

export interface LogRoot {
  readonly position: number
  /** Of all streams' chains up to this position: see `RootHash`. The same for ever, unless the log is edited. */
  readonly root: string
}

export interface IntegrityOptions {
  readonly file: string
  /** Where the root is to be told of; the log's end if absent or past it. */
  readonly position?: number | undefined
}

const EVENTS_AT_ONCE = 20_000
const STREAMS_AT_ONCE = 100
const CLAIMS_AT_ONCE = 1_000

/**
 * Goes through the whole log, as it stands, in steps of some milliseconds, while others may write, and tells what rollcall never
 * writes so. Returns the root, computed from the events. A file that SQLite itself finds damaged throws.
 */
export function* checkIntegrity({ file, position }: IntegrityOptions): Generator<IntegrityStep, LogRoot> {
  const db = openForReading(file)
  try {
    requireCurrentSchema(db, file)
    const end = endOf(db)
    const until = Math.min(position ?? end.position, end.position)
    yield* checkPositions(db, end)
    const root = yield* checkStreams(db, end, until)
    yield* checkClaims(db, end)
    return { position: until, root }
  } finally {
    db.close()
  }
}

interface End {
  readonly position: number
  readonly commit: number
  readonly streams: number
  readonly claims: number
}

function endOf(db: DatabaseSync): End {
  const [position, commit, streams, claims] = query<[number, number, number, number]>(
    db,
    `SELECT coalesce((SELECT max(position) FROM event), 0), coalesce((SELECT max(id) FROM commit_meta), 0),
       coalesce((SELECT max(id) FROM stream), 0), (SELECT count(*) FROM claim)`,
  ).get() ?? [0, 0, 0, 0]
  return { position, commit, streams, claims }
}

/** Where each part begins and how much of the whole it is, in time. */
const PARTS = { positions: [0, 0.1], streams: [0.1, 0.7], claims: [0.8, 0.2] } as const

function step(
  part: keyof typeof PARTS,
  done: number,
  all: number,
  problems: readonly LogProblem[],
): IntegrityStep {
  const [begin, length] = PARTS[part]
  return { problems, share: begin + length * (all === 0 ? 1 : Math.min(1, done / all)) }
}

function* checkPositions(db: DatabaseSync, end: End): Generator<IntegrityStep> {
  const check = new PositionCheck(db)
  let done = 0
  for (;;) {
    const problems = check.next(end.position, EVENTS_AT_ONCE)
    if (problems === null) break
    done += EVENTS_AT_ONCE
    yield step('positions', done, end.position, problems)
  }
  yield step('positions', 1, 1, check.end(end.commit))
}

function* checkStreams(db: DatabaseSync, end: End, until: number): Generator<IntegrityStep, string> {
  const stored = new StoredStreams(db)
  const claims = new ClaimCheck(db, stored.symbols)
  const root = new RootHash()
  for (let after = 0; ; ) {
    const [last, problems] = atOnce(db, () => {
      const page = stored.page(after, STREAMS_AT_ONCE)
      const found = page.flatMap((stream) => {
        const { problems, hashes, claims: held } = checkStream(stored, stream)
        const name = stream.head?.name ?? ''
        const index = stream.events.findLastIndex(({ position }) => position <= until)
        const newest = stream.events[index]
        if (newest !== undefined) root.add(name, newest.seq, hashes[index] ?? NO_HASH)
        return held === null ? problems : [...problems, ...claims.ofStream(name, held)]
      })
      return [page.at(-1)?.id, found]
    })
    if (last === undefined) return root.digest()
    after = last
    yield step('streams', after, end.streams, problems)
  }
}

function* checkClaims(db: DatabaseSync, end: End): Generator<IntegrityStep> {
  const check = new ClaimCheck(db, new Symbols(db))
  for (let done = CLAIMS_AT_ONCE; ; done += CLAIMS_AT_ONCE) {
    const problems = atOnce(db, () => check.next(CLAIMS_AT_ONCE))
    if (problems === null) return
    yield step('claims', done, end.claims, problems)
  }
}

/** What it reads is of one moment. */
function atOnce<A>(db: DatabaseSync, read: () => A): A {
  db.exec('BEGIN')
  try {
    return read()
  } finally {
    db.exec('COMMIT')
  }
}
