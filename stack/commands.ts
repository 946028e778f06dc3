import type { Part } from './Part.ts'
import { COMMANDS, page, status } from './page.ts'
import type { Stack } from './Stack.ts'
import { StackFailure } from './StackFailure.ts'

/** What is done to a part, and what is said of it then. */
const ACTS: Readonly<Record<string, readonly [act: (part: Part) => unknown, done: string]>> = {
  start: [(part) => part.start(), 'is up'],
  stop: [(part) => part.stop(), 'has ended'],
  kill: [(part) => part.kill(), 'was killed'],
  pause: [(part) => part.pause(), 'stands still'],
  resume: [(part) => part.resume(), 'goes on'],
}

/** Carries out a line that was typed; resolves with what there is to say. Rejects with `StackFailure` for one that cannot be. */
export async function command(stack: Stack, line: string): Promise<string> {
  const [verb = '', name, ...rest] = line.trim().split(/\s+/)
  if (verb === '') return ''
  if (verb === 'status') return status(stack.parts)
  if (verb === 'page') return page(stack)
  const act = ACTS[verb]
  if (act === undefined || name === undefined || rest.length > 0) throw new StackFailure(COMMANDS)
  const part = stack.part(name)
  await act[0](part)
  const process = part.pid === null ? '' : ` (${part.pid})`
  return `${name}${process} ${act[1]}`
}

/** What a line that was begun can become. */
export function completions(stack: Stack, line: string): readonly string[] {
  const verbs = [...Object.keys(ACTS), 'status', 'page', 'quit']
  const [verb = '', name] = line.trimStart().split(/\s+/)
  if (name === undefined) return verbs.filter((each) => each.startsWith(verb))
  return stack.parts.filter((part) => part.name.startsWith(name)).map((part) => `${verb} ${part.name}`)
}
