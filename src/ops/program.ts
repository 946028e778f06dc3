import { type DomainError, domainError } from '../domain/errors.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { Soon } from '../domain/soon.ts'
import type { CommandOp } from './command.ts'
import type { Op, ResultOf } from './op.ts'
import type { QueryOp } from './query.ts'

/** Ends the program with an error. Nothing that the program did not commit has happened. */
export interface Fail extends Op<'fail', never> {
  readonly error: DomainError
}

/**
 * What a program fails with when its commit lost a race (rule 1): the command handler runs the whole program again, so that it
 * decides on what is true now. Told apart by identity; a client sees it only when every attempt was lost.
 */
export const LOST_RACE: DomainError = domainError(
  'UNAVAILABLE',
  'Too many writers changed the same things at the same time; nothing was written. Try again.',
)

export type AppOp = CommandOp | QueryOp | Fail

/**
 * A program: a generator that yields ops and gets their results. It does no I/O, reads no clock and awaits nothing, so it runs
 * the same over a database and over a Map. `run` folds it with an interpreter.
 */
export type Program<A> = Generator<AppOp, A, unknown>

/** Yields one op and gives its result its type: `const user = yield* perform(getUser(id))`. */
export function* perform<O extends AppOp>(op: O): Generator<AppOp, ResultOf<O>, unknown> {
  return (yield op) as ResultOf<O>
}

export function* fail(error: DomainError): Generator<AppOp, never, unknown> {
  yield { op: 'fail', error } satisfies Fail
  throw new Error('an interpreter resumed a program that had failed')
}

/** The value of a Result, or the end of the program with its error. */
export function* need<A>(result: Result<A, DomainError>): Generator<AppOp, A, unknown> {
  if (result.ok) return result.value
  return yield* fail(result.error)
}

/** Gives each op its result, or a promise of it: a natural transformation from ops to answers. */
export type Interpreter = (op: Exclude<AppOp, Fail>) => unknown

/**
 * Folds a program with an interpreter that may answer with promises: what is answered at once is not waited for. What the interpreter
 * throws or rejects with, this throws or rejects with.
 */
export const run = <A>(program: Program<A>, interpret: Interpreter): Soon<Result<A, DomainError>> =>
  resume(program, undefined, interpret)

function resume<A>(
  program: Program<A>,
  answer: unknown,
  interpret: Interpreter,
): Soon<Result<A, DomainError>> {
  let step = program.next(answer)
  while (!step.done) {
    const op = step.value
    if (op.op === 'fail') return err(op.error)
    const next = interpret(op)
    if (next instanceof Promise) return next.then((later: unknown) => resume(program, later, interpret))
    step = program.next(next)
  }
  return ok(step.value)
}

/** Folds a program with an interpreter that answers at once: for tests over plain data, and for batches. */
export function runPure<A>(program: Program<A>, interpret: Interpreter): Result<A, DomainError> {
  let step = program.next()
  while (!step.done) {
    const op = step.value
    if (op.op === 'fail') return err(op.error)
    step = program.next(interpret(op))
  }
  return ok(step.value)
}
