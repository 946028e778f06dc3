import { Arg, Int } from 'type-graphql'
import { ConsistencyToken, Cursor, DateTime } from './scalars.ts'

/** Arguments that many fields take, each described once. */

export const First = () =>
  Arg('first', () => Int, { nullable: true, defaultValue: 50, description: 'How many, 0 to 1,000.' })

export const After = () =>
  Arg('after', () => Cursor, { nullable: true, description: 'Those after this place.' })

export const AtLeast = () =>
  Arg('atLeast', () => ConsistencyToken, {
    nullable: true,
    description: 'What you have seen: the answer is at least as new, or VIEW_BEHIND.',
  })

export const AsOf = () =>
  Arg('asOf', () => DateTime, {
    nullable: true,
    description: 'As it was then, folded from the log, and all below it too. Not in the future.',
  })

/** `what` the token is of, and what then must not have happened since. */
export const IfMatch = (description: string) =>
  Arg('ifMatch', () => ConsistencyToken, { nullable: true, description })
