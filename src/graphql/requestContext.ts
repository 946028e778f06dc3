import { CommandRun } from '../commands/CommandRun.ts'
import { type CommandInterpreter, commandInterpreter } from '../commands/handler.ts'
import { retryLostRaces } from '../commands/retry.ts'
import { type DomainError, DomainFailure, errorOf } from '../domain/errors.ts'
import type { Result } from '../domain/result.ts'
import type { Soon } from '../domain/soon.ts'
import { EMPTY_VECTOR, fitsToken, mergeVectors, type Vector, vectorAt } from '../domain/token.ts'
import type { Json } from '../domain/user.ts'
import type { Viewer } from '../domain/viewer.ts'
import type { CommandLog } from '../log/EventLog.ts'
import type { ResultOf } from '../ops/op.ts'
import { type Interpreter, type Program, run } from '../ops/program.ts'
import { atLeast, isQueryOp } from '../ops/query.ts'
import { type QueryInterpreter, queryInterpreter } from '../queries/handler.ts'
import type { ViewOp } from '../queries/loaders.ts'
import type { Read } from '../services/directory.ts'
import type { Gateway, RequestContext, RequestFacts } from './context.ts'

/** Over WebSocket it stands in the operation's `extensions`, as atLeast. */
const AT_LEAST_HEADER = 'Rollcall-At-Least'

/** Of a transport that cannot tell. */
const NEVER = new AbortController().signal

/** Puts together what one request works with: the interpreters of its tenant, and what it has seen so far. */
export const requestContext = (gateway: Gateway, facts: RequestFacts): RequestContext =>
  new OneRequest(gateway, facts)

/** Its methods are those of all requests: for a point read, closures of its own would be a good part of the work. */
class OneRequest implements RequestContext {
  readonly gateway: Gateway
  readonly viewer: Viewer
  readonly requestId: string
  readonly resumeAfter: string | null
  readonly signal: AbortSignal
  readonly #facts: RequestFacts
  #interpreter: QueryInterpreter | null = null
  #seen: Vector = EMPTY_VECTOR
  #coversViews = false
  #commands = 0
  #ready: Promise<unknown> | null = null

  constructor(gateway: Gateway, facts: RequestFacts) {
    this.gateway = gateway
    this.viewer = facts.viewer
    this.requestId = facts.requestId
    this.resumeAfter = facts.resumeAfter
    this.signal = facts.signal ?? NEVER
    this.#facts = facts
  }

  /** Made when it is first asked: subscriptions live long, and mostly ask nothing. */
  get #queries(): QueryInterpreter {
    this.#interpreter ??= queryInterpreter(this.gateway, this.viewer.tenant)
    return this.#interpreter
  }

  async run<A>(program: () => Program<A>): Promise<A> {
    const waiting = this.#whenReady()
    if (waiting !== null) await waiting
    const { gateway } = this
    const log = new CommandRun(gateway.log)
    const interpret = this.#interpreterOfOneProgram(log)
    const judge = (result: Result<unknown, DomainError>) => log.judge(result)
    const retries = { judge, onRetry: gateway.observer.retried }
    return value(await retryLostRaces(async () => run(program(), interpret), retries))
  }

  read<A>(program: () => Program<Read<A>>): Promise<A> {
    const waiting = this.#whenReady()
    const result = waiting === null ? this.#ask(program()) : waiting.then(() => this.#ask(program()))
    return Promise.resolve(result).then((read) => {
      const { value: found, token } = value(read)
      this.saw(token)
      return found
    })
  }

  #ask<A>(program: Program<A>): Soon<Result<A, DomainError>> {
    return run(program, this.#interpreterOfOneProgram(this.gateway.log))
  }

  load<O extends ViewOp>(op: O): Promise<ResultOf<O>> {
    return this.#queries.answer(op) as Promise<ResultOf<O>>
  }

  sawViews(): void {
    this.#coversViews = true
  }

  saw(vector: Vector): Vector {
    this.#seen = mergeVectors(this.#seen, vector)
    return vector
  }

  seenToken(): Promise<string | null> | string | null {
    const seen = this.#seen
    if (!this.#coversViews && fitsToken(seen)) {
      return seen === EMPTY_VECTOR ? null : this.token(seen)
    }
    // Everything that was seen was in the views.
    return this.gateway.views
      .state()
      .then(({ covers }) => this.token(vectorAt(Math.max(seen.position, covers))))
  }

  token(vector: Vector): string {
    return this.gateway.tokens.encode(this.viewer.tenant, vector)
  }

  vector(field: string, token: string | null | undefined): Vector | null {
    return token == null ? null : valueIn(field, this.gateway.tokens.decode(this.viewer.tenant, token))
  }

  cursor(scope: string, key: Json): string {
    return this.gateway.cursors.encode(this.viewer.tenant, this.#ownScope(scope), key)
  }

  place(scope: string, cursor: string): Json {
    return valueIn('after', this.gateway.cursors.decode(this.viewer.tenant, this.#ownScope(scope), cursor))
  }

  /** A list's keys name positions of the journal and numbers of the views, which in another epoch are others'. */
  #ownScope(scope: string): string {
    return `${this.gateway.kept.epoch} ${scope}`
  }

  /** What was demanded is waited for once, before the first program. */
  #whenReady(): Promise<unknown> | null {
    if (this.#facts.atLeast.length > 0) this.#ready ??= this.#reachDemanded()
    return this.#ready
  }

  reachesDemanded(): Promise<boolean> {
    return Promise.resolve(this.#whenReady()).then(
      () => true,
      () => false,
    )
  }

  /** Whoever keeps the answer's token need not keep those that were demanded: it covers them, however many they were. */
  async #reachDemanded(): Promise<void> {
    const wanted = this.#facts.atLeast.map((token) => this.vector(AT_LEAST_HEADER, token) ?? EMPTY_VECTOR)
    await this.#queries.answer(atLeast(wanted.reduce(mergeVectors)))
    this.sawViews()
  }

  /** One command's interpreter; the idempotency key is taken at its first command op, and kept for further attempts. */
  #interpreterOfOneProgram(log: CommandLog): Interpreter {
    let command: CommandInterpreter | null = null
    return (op) => {
      if (isQueryOp(op)) return this.#queries.answer(op)
      if (op.op === 'recall') this.#queries.forget()
      command ??= this.#commandInterpreter(log)
      return command(op)
    }
  }

  #commandInterpreter(log: CommandLog): CommandInterpreter {
    const { viewer, requestId: cause, gateway } = this
    const meta = {
      tenant: viewer.tenant,
      actor: viewer.actor,
      cause,
      idempotencyKey: this.#commandKey(),
      ip: this.#facts.ip,
      at: null,
    }
    return commandInterpreter(log, meta, gateway.observer)
  }

  /** A request may hold several commands: the second and later ones get keys derived from the request's, by their place. */
  #commandKey(): string | null {
    const { idempotencyKey } = this.#facts
    if (idempotencyKey === null) return null
    this.#commands += 1
    return this.#commands === 1 ? idempotencyKey : `${idempotencyKey}#${this.#commands}`
  }
}

function valueIn<A>(field: string, result: Result<A, DomainError>): A {
  if (!result.ok) throw new DomainFailure(errorOf(field, result.error))
  return result.value
}

function value<A>(result: Result<A, DomainError>): A {
  if (!result.ok) throw new DomainFailure(result.error)
  return result.value
}
