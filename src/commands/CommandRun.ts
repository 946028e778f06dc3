import type { ClaimKind } from '../domain/claims.ts'
import type { DomainError } from '../domain/errors.ts'
import type { RecordedEvent } from '../domain/events.ts'
import type { Result } from '../domain/result.ts'
import { andThen, type Soon } from '../domain/soon.ts'
import type { StreamName, TenantId } from '../domain/streams.ts'
import type { CommandLog, IdempotencyRecord, LogCommit, LogOutcome } from '../log/EventLog.ts'
import type { Append, Head } from '../ops/command.ts'
import { LOST_RACE } from '../ops/program.ts'
import { Ahead } from './Ahead.ts'
import type { Pending } from './Pending.ts'
import type { Verdict } from './retry.ts'
import { EVENTS, HEAD, type Known, NO_EVENTS, type Part, SEQ, Tip, unread } from './Tip.ts'

/**
 * So many commits may follow one another on a stream without a look at the log between. Then it comes to rest, and writers of
 * other processes have as good a chance as the next one of this.
 */
const MAX_LENGTH = 100

/**
 * The log as one command sees it, over all its attempts: with what this process is about to append. Names and idempotency records
 * it sees as they are. Nobody answers from what may not happen: a commit names those that it was decided on, and fails with them;
 * any other outcome holds only where `judge` says so: without a commit nothing has shown that no other process wrote meanwhile, and so
 * it is looked for in the log.
 */
export class CommandRun implements CommandLog {
  readonly #log: CommandLog
  readonly #ahead: Ahead
  /** What was read: an attempt that lost to another of this process is made again with nothing to wait for. */
  readonly #seen = new Map<StreamName, Known>()
  /** Those whose events were seen before they were decided. */
  #bases: readonly Pending[] = []
  #isBeaten = false
  /** It was to end without a commit, on what may be older than the command: another process may have written since. */
  #isOld = false
  /** This attempt looks at the log alone. */
  #looksInLog = false
  /** Its commit is made: from now on it sees the log itself. */
  #isDone = false

  constructor(log: CommandLog) {
    this.#log = log
    this.#ahead = Ahead.of(log)
  }

  head(stream: StreamName): Soon<Head> {
    const read = () => andThen(this.#log.head(stream), (head) => [head])
    return andThen(this.#find([stream], HEAD, read), ([head = NO_EVENTS.head]) => head)
  }

  seqs(streams: readonly StreamName[]): Soon<readonly number[]> {
    return this.#find(streams, SEQ, () => this.#log.seqs(streams))
  }

  claimOwner(tenant: TenantId, kind: ClaimKind, value: string): Soon<string | null> {
    return this.#log.claimOwner(tenant, kind, value)
  }

  /** Waits for another with the same key, and sees its record then. */
  recall(tenant: TenantId, key: string): Soon<IdempotencyRecord | null> {
    const pending = this.#ahead.request(tenant, key)
    if (pending === undefined) return this.#log.recall(tenant, key)
    return pending.known().then(() => this.recall(tenant, key))
  }

  /** Of streams that are short enough to be read whole. */
  read(stream: StreamName, after: number, limit: number): Soon<readonly RecordedEvent[]> {
    const read = () => andThen(this.#log.read(stream, 0, after + limit), (events) => [events])
    return andThen(this.#find([stream], EVENTS, read), ([events = []]) =>
      events.filter(({ seq }) => seq > after).slice(0, limit),
    )
  }

  commit(commit: LogCommit): Soon<LogOutcome> {
    if (commit.appends.length + commit.idempotency.length === 0) {
      return andThen(this.#stands(), (stands) => {
        if (stands && this.#bases.length === 0) return this.#done(NOTHING)
        this.#isOld = stands
        return CONFLICT
      })
    }
    const unseen = this.#unseen(commit)
    if (unseen !== undefined) return unseen.known().then(() => CONFLICT)
    if (this.#isLate(commit) || this.#hasLostBase()) return CONFLICT
    return this.#submit(commit)
  }

  /** Of the result of an attempt. Where it is not the last one, the next sees what is true by then. */
  judge(result: Result<unknown, DomainError>): Soon<Verdict> {
    const [isBeaten, isOld] = [this.#isBeaten, this.#isOld]
    this.#isBeaten = false
    this.#isOld = false
    const isLost = !result.ok && result.error === LOST_RACE
    if (isLost && !isBeaten && !isOld && !this.#hasLostBase()) {
      this.#looksInLog = false
      return 'again'
    }
    return andThen(isLost ? isOld : this.#stands(), (stands) => {
      if (stands && !isOld && this.#bases.length === 0) return 'final'
      this.#looksInLog = stands
      this.#seen.clear()
      this.#bases = []
      return isBeaten ? 'beaten' : 'again'
    })
  }

  #submit(commit: LogCommit): Soon<LogOutcome> {
    const after = this.#bases.filter(({ wasMade }) => wasMade === null).map((base) => base.commit)
    const based = after.length === 0 ? commit : { ...commit, after }
    const outcome = this.#ahead.submit(based, (append) => this.#before(append))
    return andThen(outcome, (result) => {
      // Whoever names this commit does not keep all that came before it.
      after.length = 0
      this.#isBeaten = result.kind === 'conflict' && !this.#hasLostBase()
      return result.kind === 'committed' ? this.#done(result) : result
    })
  }

  /** Of each stream a part: as it will be, or was seen to be, or `read` finds it. */
  #find<A>(
    streams: readonly StreamName[],
    part: Part<A>,
    read: () => Soon<readonly A[]>,
  ): Soon<readonly A[]> {
    if (this.#isDone || this.#looksInLog) return read()
    const closed = streams.map((stream) => this.#ahead.tip(stream)).find((tip) => tip && !isOpen(tip, part))
    if (closed !== undefined) {
      for (const stream of streams) this.#seen.delete(stream)
      return closed.pending.known().then(() => this.#find(streams, part, read))
    }
    const found = streams.flatMap((stream) => this.#known(stream, part) ?? [])
    if (found.length === streams.length) return found
    const isOld = (answer: A, n: number) =>
      part.known(answer).seq < this.#ahead.made(streams[n] as StreamName)
    const answers = andThen(read(), (first) => (first.some(isOld) ? read() : first))
    return andThen(answers, (latest) =>
      latest.map((answer, n) => this.#newer(streams[n] as StreamName, part, answer)),
    )
  }

  #known<A>(stream: StreamName, part: Part<A>): readonly [A] | null {
    const tip = this.#ahead.tip(stream)
    const known = tip === undefined ? this.#seen.get(stream) : this.#see(stream, tip)
    const answer = known === undefined || known.seq < this.#ahead.made(stream) ? null : part.of(known)
    return answer === null ? null : [answer]
  }

  /** What was read, or what another has meanwhile made of it. */
  #newer<A>(stream: StreamName, part: Part<A>, answer: A): A {
    const known = part.known(answer)
    const tip = this.#ahead.tip(stream)
    const isPast = tip !== undefined && tip.seq > known.seq && isOpen(tip, part)
    return part.of(this.#see(stream, isPast ? tip : known)) ?? answer
  }

  #see(stream: StreamName, known: Known): Known {
    if (known instanceof Tip && !this.#bases.includes(known.pending)) {
      this.#bases = [...this.#bases, known.pending]
    }
    this.#seen.set(stream, known)
    return known
  }

  /** Another of this process has gone on from there, or does the same already: the next attempt is going to see that. */
  #isLate({ tenant, appends, checks, idempotency }: LogCommit): boolean {
    const isPast = (each: Place) => this.#isPast(each)
    return (
      appends.some(isPast) ||
      checks.some(isPast) ||
      idempotency.some(({ key }) => this.#ahead.request(tenant, key) !== undefined)
    )
  }

  /** As `#isLate`, on a stream that this command does not read: the next attempt would expect the same, and has to wait. */
  #unseen({ appends, checks }: LogCommit): Pending | undefined {
    const isUnseen = (each: Place) => this.#isPast(each) && !this.#seen.has(each.stream)
    const unseen = appends.find(isUnseen) ?? checks.find(isUnseen)
    return unseen === undefined ? undefined : this.#ahead.tip(unseen.stream)?.pending
  }

  #isPast({ stream, expected }: Place): boolean {
    return (this.#ahead.tip(stream)?.seq ?? 0) > expected
  }

  /** The stream as its next events find it: not as another commit that is under way to the same seq would have it. */
  #before({ stream, expected }: Append): Known {
    const known = this.#seen.get(stream)
    if (known?.seq === expected) return known
    return expected === 0 ? NO_EVENTS : unread(expected)
  }

  #done(outcome: LogOutcome): LogOutcome {
    this.#isDone = true
    this.#bases = []
    return outcome
  }

  #hasLostBase(): boolean {
    return this.#bases.some(({ wasMade }) => wasMade === false)
  }

  /** Whether all that it has seen has come to be; waits until that is known. */
  #stands(): Soon<boolean> {
    const open = this.#bases.filter(({ wasMade }) => wasMade === null)
    if (open.length === 0) return !this.#hasLostBase()
    return Promise.all(open.map((base) => base.known())).then(() => !this.#hasLostBase())
  }
}

/** Where a commit expects a stream. */
type Place = Pick<Append, 'stream' | 'expected'>

/** Whether the next command may go on from there. */
const isOpen = (tip: Tip, part: Part<unknown>): boolean => tip.length < MAX_LENGTH && part.of(tip) !== null

const CONFLICT: LogOutcome = { kind: 'conflict' }
const NOTHING: LogOutcome = { kind: 'committed', written: [], position: 0 }
