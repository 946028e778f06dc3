import { listScope } from '../domain/cursor.ts'
import type { Json } from '../domain/user.ts'

/** What a list's cursors are bound to: its name and the arguments that decide which rows come in which order. */
export const scopeOf = (list: string, args: object): string => listScope(list, args as Json)
