import { EXIT } from '../src/cli/exitCodes.ts'
import { stopSignal } from '../src/cli/run/stopSignal.ts'
import { processTerminal as terminal } from '../src/cli/terminal.ts'
import { fill } from './fill.ts'
import { HELP, type Options, readOptions } from './options.ts'
import type { Part } from './Part.ts'
import { Prompt } from './Prompt.ts'
import { page } from './page.ts'
import { Stack } from './Stack.ts'
import { StackFailure } from './StackFailure.ts'

/** Starts all of it, takes commands, and ends all of it. */
async function run(options: Options): Promise<void> {
  const stopped = stopSignal()
  let say = terminal.note
  const stack = await Stack.prepare(options, {
    onStarting: ({ name }) => say(`starting ${name} …`),
    onCrash: (part, ending) => say(crashed(part, ending)),
  })
  let prompt: Prompt | undefined
  const upAndQuit = async () => {
    await stack.start()
    await fill(stack, options)
    terminal.print(page(stack))
    prompt = new Prompt(stack)
    say = (line) => prompt?.say(line)
    await prompt.quit
  }
  try {
    await Promise.race([upAndQuit(), stopped])
  } finally {
    prompt?.close()
    terminal.note('ending everything …')
    await stack.close()
  }
}

const crashed = ({ name }: Part, ending: number | NodeJS.Signals): string =>
  `${name} has ended (${ending}): \`start ${name}\` brings it back`

try {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options === null) terminal.print(HELP)
  else await run(options)
  process.exit(EXIT.ok)
} catch (error) {
  if (!(error instanceof StackFailure)) throw error
  terminal.note(error.message)
  process.exit(error.exitCode)
}
