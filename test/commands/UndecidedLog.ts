import type { Event } from '../../src/domain/events.ts'
import type { StreamName } from '../../src/domain/streams.ts'
import {
  type CommandLog,
  CommitUnknown,
  type IdempotencyRecord,
  type LogCommit,
  type LogOutcome,
  LogUnavailable,
} from '../../src/log/EventLog.ts'
import { PureLog } from '../support/pureLog.ts'

/** What befalls a commit: it is decided as it should be, or the log fails, before or after it was written. */
export type Fate = 'decided' | 'unavailable' | 'unknown, written' | 'unknown, not written'

interface Question {
  readonly ask: () => unknown
  readonly resolve: (answer: unknown) => void
  answer: { readonly value: unknown } | null
}

interface Undecided {
  readonly commit: LogCommit
  readonly resolve: (outcome: LogOutcome) => void
  readonly reject: (error: Error) => void
  outcome: LogOutcome | Error | null
}

/**
 * A log that does nothing by itself: a test says when a question is put and when its answer arrives, when commits are decided, in the
 * order in which they came, and when that becomes known. What is true is in `truth`, at once.
 */
export class UndecidedLog implements CommandLog {
  readonly truth = new PureLog()
  #questions: Question[] = []
  #commits: Undecided[] = []
  readonly #notMade = new Set<LogCommit>()
  /** Commits that were decided on others which were not made yet. */
  based = 0
  /** The causes of commits for which it had no answer. */
  readonly failed = new Set<string | null>()

  readonly head: CommandLog['head'] = (stream) => this.#ask(() => this.truth.head(stream))
  readonly seqs: CommandLog['seqs'] = (streams) =>
    this.#ask(() => streams.map((stream) => this.truth.seq(stream)))
  readonly claimOwner: CommandLog['claimOwner'] = (...name) => this.#ask(() => this.truth.claimOwner(...name))
  readonly read: CommandLog['read'] = (stream, after, limit) =>
    this.#ask(() => this.truth.read(stream).slice(after, after + limit))
  readonly recall: CommandLog['recall'] = (tenant, key) =>
    this.#ask((): IdempotencyRecord | null => {
      const record = this.truth.recall(tenant, key)
      return record === null
        ? null
        : { key, fingerprint: record.fingerprint, result: record.recalled as never }
    })

  commit(commit: LogCommit): Promise<LogOutcome> {
    if ((commit.after ?? []).length > 0) this.based += 1
    return new Promise((resolve, reject) => {
      this.#commits.push({ commit, resolve, reject, outcome: null })
    })
  }

  #ask<A>(ask: () => A): Promise<A> {
    return new Promise((resolve) => {
      this.#questions.push({ ask, resolve: resolve as (answer: unknown) => void, answer: null })
    })
  }

  get isIdle(): boolean {
    return this.#questions.length + this.#commits.length === 0
  }

  /** The log answers one of the questions. */
  answer(n: number): void {
    const open = this.#questions.filter(({ answer }) => answer === null)
    const question = open[n % open.length]
    if (question !== undefined) question.answer = { value: question.ask() }
  }

  /** One of the answers arrives. */
  arrive(n: number): void {
    const answered = this.#questions.filter(({ answer }) => answer !== null)
    const question = answered[n % answered.length]
    if (question === undefined) return
    this.#questions = this.#questions.filter((each) => each !== question)
    question.resolve(question.answer?.value)
  }

  /** The next commit is decided. */
  decide(fate: Fate): void {
    const next = this.#commits.find(({ outcome }) => outcome === null)
    if (next === undefined) return
    next.outcome = this.#outcome(next.commit, fate)
    if (!('kind' in next.outcome) || next.outcome.kind !== 'committed') this.#notMade.add(next.commit)
  }

  /** The outcomes of so many commits become known. */
  tell(count: number): void {
    for (let n = 0; n < count && (this.#commits[0]?.outcome ?? null) !== null; n++) {
      const { outcome, resolve, reject } = this.#commits.shift() as Undecided
      if (outcome instanceof Error) reject(outcome)
      else resolve(outcome as LogOutcome)
    }
  }

  /** Another process writes. */
  intrude(stream: StreamName, event: Event): void {
    const appends = [{ stream, expected: this.truth.seq(stream), events: [event] }]
    this.truth.commit('acme', { appends, result: null }, META, null)
  }

  #outcome(commit: LogCommit, fate: Fate): LogOutcome | Error {
    const outcome = this.#decided(commit, fate)
    if (outcome instanceof Error) this.failed.add(commit.meta.cause)
    return outcome
  }

  #decided(commit: LogCommit, fate: Fate): LogOutcome | Error {
    if ((commit.after ?? []).some((base) => this.#notMade.has(base))) return { kind: 'conflict' }
    if (fate === 'unavailable') return new LogUnavailable('as the test wants it')
    if (fate === 'unknown, not written') return new CommitUnknown('as the test wants it')
    const [record = null] = commit.idempotency
    const recalled = record?.result as { result: null } | undefined
    const changes = { ...commit, result: recalled?.result ?? null }
    const outcome = this.truth.commit(commit.tenant, changes, commit.meta, record)
    if (fate === 'unknown, written') return new CommitUnknown('as the test wants it')
    return outcome.kind === 'committed' ? { ...outcome, position: 0 } : outcome
  }
}

const META = {
  actor: { kind: 'system', id: null, label: 'another process' },
  at: '2030-01-01T00:00:00.000Z',
  cause: null,
  idempotencyKey: null,
  ip: null,
} as const
