import type { CommandObserver } from '../commands/handler.ts'
import type { CursorCodec } from '../domain/cursor.ts'
import type { TokenCodec, Vector } from '../domain/token.ts'
import type { Json } from '../domain/user.ts'
import type { Viewer } from '../domain/viewer.ts'
import type { Feed } from '../feed/Feed.ts'
import type { Journal } from '../feed/journal.ts'
import type { EventLog } from '../log/EventLog.ts'
import type { ResultOf } from '../ops/op.ts'
import type { Program } from '../ops/program.ts'
import type { ViewOp } from '../queries/loaders.ts'
import type { Relations } from '../queries/Relations.ts'
import type { Read } from '../services/directory.ts'
import type { JournalReader, ViewReader } from '../views/ViewStore.ts'

/** The parts that every request works with: ports only, chosen and opened by the composition root. */
export interface Gateway {
  readonly log: EventLog
  readonly views: ViewReader
  readonly feed: Feed
  readonly journal: Journal
  /** Where that is kept: all that is told of what was, too. */
  readonly kept: JournalReader
  readonly relations: Relations
  readonly tokens: TokenCodec
  readonly cursors: CursorCodec
  readonly observer: CommandObserver & { retried(): void }
  /** How long a read waits for views that its token is ahead of, in milliseconds. */
  readonly viewDeadlineMs: number
}

/** What the transport knows of a request. */
export interface RequestFacts {
  readonly viewer: Viewer
  readonly requestId: string
  readonly idempotencyKey: string | null
  readonly ip: string | null
  /** Aborted when the client is gone or has had enough; null where the transport cannot tell. */
  readonly signal: AbortSignal | null
  /** Tokens: every program of the request runs on views that have reached all of them, and the answer's token covers them. */
  readonly atLeast: readonly string[]
  /** The header Last-Event-ID: a cursor, where a subscription resumes whatever its arguments say. */
  readonly resumeAfter: string | null
}

/** What every resolver gets: who asks, and a way to run programs. It lives for one request, its loaders too. */
export interface RequestContext {
  readonly viewer: Viewer
  readonly requestId: string
  readonly resumeAfter: string | null
  readonly gateway: Gateway
  /**
   * Aborted when the request's client is gone or has had enough. A subscription must listen: a generator that waits cannot be
   * ended from outside.
   */
  readonly signal: AbortSignal
  /** Whether the views have reached what the request demands, waiting for it once; where not, every program of the request fails and says why. */
  reachesDemanded(): Promise<boolean>
  /**
   * Runs the program that the function makes; it is made anew for each attempt where a commit lost a race. Rejects with
   * DomainFailure where the program failed.
   */
  run<A>(program: () => Program<A>): Promise<A>
  /** As `run`, for a program that only reads: it cannot lose a race, and its token becomes part of the response's. */
  read<A>(program: () => Program<Read<A>>): Promise<A>
  /** Answers one op without a program: what a nested field needs, of an object that was authorised before. Batched. */
  load<O extends ViewOp>(op: O): Promise<ResultOf<O>>
  /** The vector becomes part of the response's token. Returns it. */
  saw(vector: Vector): Vector
  /** The response's token shall cover the views as they are at its end: for lists and nested fields. */
  sawViews(): void
  /** All that the response has seen, as a token; null where it saw nothing. What is known at once is not promised. */
  seenToken(): Promise<string | null> | string | null
  /** A vector as a token of this tenant. */
  token(vector: Vector): string
  /** A token of this tenant as its vector, null as null. Throws DomainFailure BAD_TOKEN, which names the field that it was given in. */
  vector(field: string, token: string | null | undefined): Vector | null
  /** The place in a list as an opaque cursor; `scope` from listScope. */
  cursor(scope: string, key: Json): string
  /** Of an `after`. Throws DomainFailure BAD_CURSOR. */
  place(scope: string, cursor: string): Json
}
