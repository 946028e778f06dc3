import { CommandFailure } from '../command.ts'
import type { Config } from '../config.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import { createLogger } from '../logger.ts'
import type { Terminal } from '../terminal.ts'
import type { Directory } from './directory.ts'
import { startGateway } from './gateway.ts'
import { openOrMakeDirectory } from './openDirectory.ts'
import { type OperatorKey, operatorKey } from './operatorKey.ts'
import { sow } from './seed.ts'
import { stopSignal } from './stopSignal.ts'
import { untilEnd } from './untilEnd.ts'

export interface ServeOptions {
  readonly demo: boolean
}

/** Serves until SIGTERM or SIGINT, or until its views are lost, then lets what is in flight finish. */
export async function serve(config: Config, { demo }: ServeOptions, terminal: Terminal): Promise<ExitCode> {
  if (config.log !== null && config.operatorKey === null) {
    const message =
      'ROLLCALL_OPERATOR_KEY: must be set with ROLLCALL_LOG, since all its gateways have the same'
    throw new CommandFailure(message, EXIT.usage)
  }
  const stopped = stopSignal()
  const logger = createLogger(config.logLevel)
  const directory = await openOrMakeDirectory(config, { onTrouble: (message) => logger.warn(message) })
  const key = await operatorKey(config.data, config.operatorKey)
  // At once: should the start fail, it will not be made again.
  if (key.made !== null) showKey(terminal, key.made)
  const gateway = await startGateway(config, logger, directory, key.hash, async () => {
    if (demo) await fillIfEmpty(directory, terminal)
  })
  greet(terminal, gateway.url, config, key)
  logger.info({ url: gateway.url, data: placeOf(config) }, 'listening')

  const code = await untilEnd({ stopped, lost: directory.lost, logger })
  await gateway.close()
  logger.info('stopped')
  return code
}

/** Whether anybody is there is asked of the log, since the views may still be catching up. */
async function fillIfEmpty(directory: Directory, terminal: Terminal): Promise<void> {
  const { streams } = await directory.log.streams('default', null, 1)
  if (streams.length > 0) return
  const report = await directory.write((log) =>
    sow(
      log,
      { tenant: 'default', users: 1_000, seed: 1 },
      { onUsers() {}, onBad: (message) => terminal.note(message) },
    ),
  )
  terminal.note(`Filled the empty directory with a demo of 1,000 people (${report.applied} changes).`)
}

const placeOf = ({ log, data }: Config): string => (log === null ? data : `the table ${log.table}`)

function showKey(terminal: Terminal, key: string): void {
  terminal.note('')
  terminal.note(`  Operator key: ${key}`)
  terminal.note('  It was made just now and is shown this once; ROLLCALL_OPERATOR_KEY replaces it.')
}

function greet(terminal: Terminal, url: string, config: Config, key: OperatorKey): void {
  terminal.note('')
  terminal.note(`  rollcall is ready at ${url}/graphql, with its data in ${placeOf(config)}`)
  if (config.playground) terminal.note(`  Playground: ${url}/playground`)
  if (config.operatorKey === null && key.made === null) {
    terminal.note(
      '  The operator key is the one that the first start showed; set ROLLCALL_OPERATOR_KEY for another.',
    )
  }
  terminal.note('')
}
