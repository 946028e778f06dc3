import { experiments } from './experiments.ts'
import type { Part } from './Part.ts'
import { loopback } from './plan.ts'
import type { Stack } from './Stack.ts'

const NAME = 14
const PID = 8

/** Where everything is, and how to break it. */
export function page(stack: Stack): string {
  const { folder, operatorKey, gatewayPorts } = stack.plan
  const playgrounds = gatewayPorts.map((port) => `${loopback(port)}/playground`)
  return `
rollcall is up, past one machine on this one. ${folder.isKept ? `Its data is in ${folder.path}.` : 'Its data goes when it goes.'}

${status(stack.parts)}

  Playgrounds   ${playgrounds.join('  ')}
  Operator key  ${operatorKey}
  Gateways have /graphql, /playground, /metrics and /readyz; log files are in ${folder.file('logs')}

In other terminals, in this folder (A and B are the first gateway and the last):

  . ${folder.file('env')}
  TOKEN=$(graphql $A 'mutation { createUser(input: { username: "ada" }) { token } }' | token)
  graphql $B '{ users(search: "ada") { nodes { id username } } }' $TOKEN
  npx rollcall follow --url $B

How to break it: type the command here, or run the other one elsewhere.

${experiments(stack)
  .map(
    ({ typed, elsewhere, expect }) =>
      `  ${typed.padEnd(24)}${elsewhere}\n${expect.map((line) => `      ${line}\n`).join('')}`,
  )
  .join('')}
${COMMANDS}
`
}

export const COMMANDS = `Commands: kill, stop, start, pause or resume a part; status; page; quit (or Ctrl-C), which ends everything.`

/** A line for each part. */
export const status = (parts: readonly Part[]): string =>
  parts
    .map(({ name, pid, state, place }) => {
      const process = pid === null ? '–' : String(pid)
      return `  ${name.padEnd(NAME)}${process.padEnd(PID)}${state.padEnd(PID)} ${place}`
    })
    .join('\n')
