import type { Options } from './options.ts'
import type { Stack } from './Stack.ts'

const DEMO = ['seed', '--users', '200']

/** With what was asked for. What is there already is left alone. */
export async function fill(stack: Stack, { demo, importFile }: Options): Promise<void> {
  if (demo) await stack.command(DEMO)
  if (importFile !== undefined) await stack.command(['import', importFile])
}
