import { listScope } from '../domain/cursor.ts'
import type { Json } from '../domain/user.ts'
import type { Program } from '../ops/program.ts'
import type { Read } from '../services/directory.ts'
import type { RequestContext } from './context.ts'

/** Runs a reading program; its token becomes part of the response's. */
export async function read<A>(context: RequestContext, program: () => Program<Read<A>>): Promise<A> {
  const { value, token } = await context.run(program)
  context.saw(token)
  return value
}

/** What a list's cursors are bound to: its name and the arguments that decide which rows come in which order. */
export const scopeOf = (list: string, args: object): string => listScope(list, args as Json)
