import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DomainError } from '../../src/domain/errors.ts'
import type { Result } from '../../src/domain/result.ts'
import { type Command, command, commandOf, stateOf } from '../support/directoryCommands.ts'
import { DirectoryModel } from '../support/directoryModel.ts'
import { PureWorld } from '../support/pure.ts'

// Random commands against the services and against a model made of sets and maps (HABITS 19).

const outcomeOf = (result: Result<unknown, DomainError>): string => (result.ok ? 'OK' : result.error.code)
const execute = (world: PureWorld, command: Command) => outcomeOf(world.run(() => commandOf(command)))

test('the services answer as the model does, and end in the same directory', () => {
  fc.assert(
    fc.property(fc.array(command, { minLength: 20, maxLength: 60 }), (commands) => {
      const world = new PureWorld()
      const model = new DirectoryModel()
      for (const step of commands) expect(execute(world, step), JSON.stringify(step)).toBe(model.apply(step))
      expect(stateOf(world)).toEqual(model.state())
    }),
    { numRuns: 300 },
  )
})

test('two commands at the same time are as if one had come after the other', () => {
  const pairs = fc.array(fc.tuple(command, command), { minLength: 5, maxLength: 25 })
  fc.assert(
    fc.property(pairs, (pairs) => {
      const world = new PureWorld()
      const history: Command[] = []
      for (const [early, late] of pairs) {
        let between: string | null = null
        world.beforeNextCommit(() => {
          between = execute(world, early)
        })
        const last = execute(world, late)
        world.beforeNextCommit(() => {})
        // `late` may have failed before it came to a commit: then `early` has not happened.
        const orders =
          between === null
            ? [[late]]
            : [
                [early, late],
                [late, early],
              ]
        const seen = {
          outcomes: new Map([[late, last], ...(between === null ? [] : [[early, between] as const])]),
          state: stateOf(world),
        }
        const order = orders.find((order) => isExplainedBy(seen, history, order))
        expect(order, `no order explains ${JSON.stringify({ early, between, late, last })}`).toBeDefined()
        history.push(...(order ?? []))
      }
    }),
    { numRuns: 200 },
  )
})

interface Seen {
  readonly outcomes: ReadonlyMap<Command, string>
  readonly state: unknown
}

function isExplainedBy(seen: Seen, history: readonly Command[], order: readonly Command[]): boolean {
  const model = new DirectoryModel()
  for (const command of history) model.apply(command)
  const agrees = order.every((command) => model.apply(command) === seen.outcomes.get(command))
  return agrees && isDeepStrictEqual(model.state(), seen.state)
}
