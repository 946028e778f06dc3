import { atomic } from './atomic.ts'
import { bookmarkable } from './bookmarkable.ts'
import { conditional } from './conditional.ts'
import { copies } from './copies.ts'
import { durable } from './durable.ts'
import type { History } from './history.ts'
import { once } from './once.ts'
import { ordered } from './ordered.ts'
import { realTime } from './realTime.ts'
import { reliable } from './reliable.ts'
import { resumable } from './resumable.ts'
import { unique } from './unique.ts'
import { visible } from './visible.ts'

/** What rollcall promises of its feed and its writes, each as a function from a history to whatever breaks it. */
export const VALIDATORS = {
  ordered,
  unique,
  atomic,
  reliable,
  resumable,
  bookmarkable,
  visible,
  copies,
  durable,
  once,
  conditional,
  realTime,
  excused: ({ unexcused }) => [...unexcused],
} satisfies Readonly<Record<string, (history: History) => string[]>>

export const violationsOf = (history: History): string[] =>
  Object.entries(VALIDATORS).flatMap(([guarantee, validate]) =>
    validate(history).map((what) => `${guarantee}: ${what}`),
  )
