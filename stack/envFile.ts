import { writeFile } from 'node:fs/promises'
import { loopback, type Plan } from './plan.ts'

const FUNCTIONS = new URL('./shell.sh', import.meta.url).pathname

/** For shells: where the stack is, and how to ask it. */
export async function writeEnvFile({ folder, environment, gatewayPorts }: Plan): Promise<void> {
  const settings = {
    ...environment,
    A: loopback(gatewayPorts[0] ?? 0),
    B: loopback(gatewayPorts.at(-1) ?? 0),
  }
  const lines = Object.entries(settings).map(([name, value]) => `export ${name}=${quoted(value)}\n`)
  await writeFile(folder.file('env'), `${lines.join('')}. ${quoted(FUNCTIONS)}\n`, { mode: 0o600 })
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
