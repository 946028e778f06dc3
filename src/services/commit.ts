import type { Claim } from '../domain/claims.ts'
import { type DomainError, domainError, type ErrorCode, excerpt } from '../domain/errors.ts'
import type { StreamName } from '../domain/streams.ts'
import { type Vector, vectorOf } from '../domain/token.ts'
import type { Json } from '../domain/user.ts'
import { type Changes, commit, recall } from '../ops/command.ts'
import { fail, LOST_RACE, type Program, perform } from '../ops/program.ts'
import { atLeast } from '../ops/query.ts'

/** Which entity a write made or changed, and where it left its streams. */
export interface Done {
  readonly id: string
  readonly written: Vector
}

/**
 * Commits, waits until the views show it, and returns where the streams are now, those too that had nothing to change: what the
 * command found there is to be seen as well. The program ends with LOST_RACE after a lost race, and with a …_TAKEN code where
 * another holds the name; in both cases nothing was written.
 */
export function* commitAndSee(changes: Changes): Program<Vector> {
  const outcome = yield* perform(commit(changes))
  switch (outcome.kind) {
    case 'conflict':
      return yield* fail(LOST_RACE)
    case 'taken':
      return yield* fail(taken(outcome.claim))
    case 'committed': {
      const now = vectorOf(...outcome.written)
      yield* perform(atLeast(now, true))
      return now
    }
  }
}

const TAKEN: Readonly<Record<Claim['kind'], { code: ErrorCode; field: string }>> = {
  username: { code: 'USERNAME_TAKEN', field: 'username' },
  email: { code: 'EMAIL_TAKEN', field: 'email' },
  groupName: { code: 'GROUP_NAME_TAKEN', field: 'name' },
  tenant: { code: 'BAD_USER_INPUT', field: 'id' },
}

const taken = ({ kind, value }: Claim): DomainError => {
  const { code, field } = TAKEN[kind]
  return domainError(code, `${field}: ${excerpt(value)} is taken; choose another`, { field, value })
}

/**
 * What the request's idempotency key did before, once the views show it; null for a first time, or without a key. `input` is
 * part of what the key stands for: the same key with other input ends the program with IDEMPOTENCY_MISMATCH.
 */
export function* recalled(
  command: string,
  input: Readonly<Record<string, unknown>>,
): Program<{ result: Json; written: Vector } | null> {
  const before = yield* perform(recall(command, JSON.stringify(input)))
  if (before === null) return null
  const written = vectorOf(...before.written)
  yield* perform(atLeast(written, true))
  return { result: before.result, written }
}

/**
 * Conditional writes (rule 6): every stream that the command writes must be exactly where the token says. A token that does
 * not speak of a stream cannot vouch for it.
 */
export function* requireMatch(
  ifMatch: Vector | null,
  current: readonly (readonly [StreamName, number])[],
): Program<void> {
  if (ifMatch === null) return
  if (current.every(([stream, seq]) => ifMatch.streams.get(stream) === seq)) return
  yield* fail(staleToken(vectorOf(...current)))
}

/** The edge turns `current` into a token that the client can use. */
const staleToken = (current: Vector): DomainError =>
  domainError(
    'STALE_TOKEN',
    'ifMatch: what this writes has changed since that token, or the token does not speak of it; read it again and decide anew',
    {
      current,
    },
  )
