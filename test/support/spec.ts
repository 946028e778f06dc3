import { expect } from 'vitest'
import type { DomainError, ErrorCode } from '../../src/domain/errors.ts'
import type { Event } from '../../src/domain/events.ts'
import type { Result } from '../../src/domain/result.ts'
import type { Program } from '../../src/ops/program.ts'
import { eventsSince, type PureRequest, PureWorld } from './pure.ts'

type Make<A = unknown> = () => Program<A>
type Ended<A> = Result<A, DomainError>

/** Given what has happened, when a command, then these events and this answer, or this error and no event at all. */
export function given(...history: readonly Make[]): Given {
  const given = new Given(new PureWorld())
  for (const program of history) given.and(program)
  return given
}

export class Given {
  readonly world: PureWorld

  constructor(world: PureWorld) {
    this.world = world
  }

  /** Something more that has happened. It must succeed. Returns its answer. */
  and<A>(program: Make<A>, request?: PureRequest): A {
    return value(this.world.run(program, request))
  }

  when<A>(program: Make<A>, request?: PureRequest): Outcome<A> {
    const before = this.world.log.events.length
    const result = this.world.run(program, request)
    return new Outcome(result, eventsSince(this.world, before))
  }
}

class Outcome<A> {
  readonly #result: Ended<A>
  readonly #events: readonly unknown[]

  constructor(result: Ended<A>, events: readonly unknown[]) {
    this.#result = result
    this.#events = events
  }

  /** Exactly these events, in this order. Returns the answer. */
  writes(...events: readonly Event[]): A {
    const answer = value(this.#result)
    expect(this.#events).toEqual(events)
    return answer
  }

  /** It succeeds. Returns the answer. */
  succeeds(): A {
    return value(this.#result)
  }

  /** It ends with this code and has written nothing. `message`: what the message must say. Returns the details. */
  fails(code: ErrorCode, message: RegExp | string = ''): Readonly<Record<string, unknown>> {
    if (this.#result.ok)
      expect.fail(`expected ${code}, but it succeeded: ${JSON.stringify(this.#result.value)}`)
    const { error } = this.#result
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(this.#events).toEqual([])
    return error.details ?? {}
  }
}

function value<A>(result: Ended<A>): A {
  if (!result.ok) expect.fail(`${result.error.code}: ${result.error.message}`)
  return result.value
}
