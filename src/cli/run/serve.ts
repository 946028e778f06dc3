import type { Config } from '../config.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import { createLogger } from '../logger.ts'
import type { Terminal } from '../terminal.ts'
import type { Directory } from './directory.ts'
import { startGateway } from './gateway.ts'
import { sow } from './seed.ts'

export interface ServeOptions {
  readonly demo: boolean
}

/** Serves until SIGTERM or SIGINT, then lets what is in flight finish. */
export async function serve(config: Config, { demo }: ServeOptions, terminal: Terminal): Promise<ExitCode> {
  const stopped = stopSignal()
  const logger = createLogger(config.logLevel)
  const gateway = await startGateway(config, logger, async (directory) => {
    if (demo) await fillIfEmpty(directory, terminal)
  })
  greet(terminal, gateway.url, config, gateway.operatorKey.made)
  logger.info({ url: gateway.url, data: config.data }, 'listening')

  logger.info({ signal: await stopped }, 'stopping')
  await gateway.close()
  logger.info('stopped')
  return EXIT.ok
}

/** Whether anybody is there is asked of the log, since the views may still be catching up. */
async function fillIfEmpty({ log, feed }: Directory, terminal: Terminal): Promise<void> {
  const [someone] = await log.scanTenant('default', 0, 1)
  if (someone !== undefined) return
  const report = await sow(
    log,
    { tenant: 'default', users: 1_000, seed: 1 },
    { onUsers() {}, onBad: (message) => terminal.note(message) },
  )
  await feed.level()
  terminal.note(`Filled the empty directory with a demo of 1,000 people (${report.applied} changes).`)
}

function greet(terminal: Terminal, url: string, { playground, data }: Config, madeKey: string | null): void {
  terminal.note('')
  terminal.note(`  rollcall is ready at ${url}/graphql, with its data in ${data}`)
  if (playground) terminal.note(`  Playground: ${url}/playground`)
  if (madeKey !== null) {
    terminal.note(`  Operator key: ${madeKey}`)
    terminal.note('  It was made just now and is shown this once; ROLLCALL_OPERATOR_KEY replaces it.')
  }
  terminal.note('')
}

/** The first SIGTERM or SIGINT asks to stop. A second one ends the process at once: whoever sends it has waited enough. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal))
  })
}
