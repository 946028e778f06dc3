import { isDeepStrictEqual } from 'node:util'
import type { Told } from './history.ts'

/** Whether an event says all that a write asked it to say; it may say more. */
export const isTold = (asked: Told, event: Told): boolean =>
  Object.entries(asked).every(([field, value]) => isDeepStrictEqual(event[field], value))
