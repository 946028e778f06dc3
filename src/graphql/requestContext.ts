import { commandInterpreter } from '../commands/handler.ts'
import { retryLostRaces } from '../commands/retry.ts'
import { DomainFailure } from '../domain/errors.ts'
import { EMPTY_VECTOR, MAX_TOKEN_STREAMS, mergeVectors, type Vector, vectorAt } from '../domain/token.ts'
import type { CommandOp } from '../ops/command.ts'
import { type Interpreter, run } from '../ops/program.ts'
import { atLeast, isQueryOp } from '../ops/query.ts'
import { queryInterpreter } from '../queries/handler.ts'
import type { Gateway, RequestContext, RequestFacts } from './context.ts'

/** Puts together what one request works with: the interpreters of its tenant, and what it has seen so far. */
export function requestContext(gateway: Gateway, facts: RequestFacts): RequestContext {
  const { viewer } = facts
  const { tenant } = viewer
  const queries = queryInterpreter({ ...gateway, deadlineMs: gateway.viewDeadlineMs }, tenant)
  let seen: Vector = EMPTY_VECTOR
  let coversViews = false
  let commands = 0
  let ready: Promise<unknown> | null = null

  /** The header's token is waited for once, before the first program. */
  function whenReady(): Promise<unknown> | null {
    const wanted = facts.atLeast === null ? null : context.vector(facts.atLeast)
    if (wanted !== null) ready ??= queries.answer(atLeast(wanted))
    return ready
  }

  /** A request may hold several commands: the second and later ones get keys derived from the request's, by their place. */
  function commandKey(): string | null {
    if (facts.idempotencyKey === null) return null
    commands += 1
    return commands === 1 ? facts.idempotencyKey : `${facts.idempotencyKey}#${commands}`
  }

  /** One command's interpreter; the idempotency key is taken at its first command op, and kept for further attempts. */
  function interpreterOfOneProgram(): Interpreter {
    let command: ((op: CommandOp) => Promise<unknown>) | null = null
    return (op) => {
      if (isQueryOp(op)) return queries.answer(op)
      if (op.op === 'recall') queries.forget()
      command ??= commandInterpreter(
        gateway.log,
        {
          tenant,
          actor: viewer.actor,
          cause: facts.requestId,
          idempotencyKey: commandKey(),
          ip: facts.ip,
          at: null,
        },
        gateway.observer,
      )
      return command(op)
    }
  }

  const context: RequestContext = {
    viewer,
    requestId: facts.requestId,
    gateway,
    async run(program) {
      const waiting = whenReady()
      if (waiting !== null) await waiting
      const interpret = interpreterOfOneProgram()
      const result = await retryLostRaces(() => run(program(), interpret), gateway.observer.retried)
      if (!result.ok) throw new DomainFailure(result.error)
      return result.value
    },
    load: (op) => queries.answer(op) as Promise<never>,
    sawViews() {
      coversViews = true
    },
    saw(vector) {
      seen = mergeVectors(seen, vector)
      return vector
    },
    seenToken() {
      if (!coversViews && seen.streams.size <= MAX_TOKEN_STREAMS) {
        return seen === EMPTY_VECTOR ? null : context.token(seen)
      }
      // Everything that was seen was in the views, so their position covers it.
      return gateway.views.position().then((at) => context.token(vectorAt(Math.max(seen.position, at))))
    },
    onEnd(stop) {
      const { signal } = facts
      if (signal?.aborted) stop()
      signal?.addEventListener('abort', stop, { once: true })
      return () => signal?.removeEventListener('abort', stop)
    },
    token: (vector) => gateway.tokens.encode(tenant, vector),
    vector(token) {
      if (token == null) return null
      const decoded = gateway.tokens.decode(tenant, token)
      if (!decoded.ok) throw new DomainFailure(decoded.error)
      return decoded.value
    },
    cursor: (scope, key) => gateway.cursors.encode(tenant, scope, key),
    place(scope, cursor) {
      const decoded = gateway.cursors.decode(tenant, scope, cursor)
      if (!decoded.ok) throw new DomainFailure(decoded.error)
      return decoded.value
    },
  }
  return context
}
