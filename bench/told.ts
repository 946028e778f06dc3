import { fork } from 'node:child_process'
import { once } from 'node:events'

/** Runs a program of the benchmark in a process of its own, and resolves with the message that it sends. */
export async function told<Message>(
  program: URL,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Message> {
  const child = fork(program, args, {
    env: { ...process.env, ...environment },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  const exit = once(child, 'exit')
  const silence = exit.then(() => Promise.reject(new Error(`${program.pathname} ended without a word`)))
  const [message] = (await Promise.race([once(child, 'message'), silence])) as [Message]
  silence.catch(() => {})
  await exit
  return message
}
