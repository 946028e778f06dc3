import { createRequire } from 'node:module'
import { Command, CommanderError } from 'commander'
import { LogUnavailable, UnusableLog } from '../log/EventLog.ts'
import { ViewsUnavailable } from '../views/ViewStore.ts'
import { registerAudit } from './audit.ts'
import { registerBackup } from './backup.ts'
import { CommandFailure } from './command.ts'
import { registerCopy } from './copy.ts'
import { registerEpoch } from './epoch.ts'
import { EXIT, EXIT_CODES_HELP, type ExitCode } from './exitCodes.ts'
import { registerExport } from './export.ts'
import { registerFollow } from './follow.ts'
import { registerImport } from './import.ts'
import { registerRestore } from './restore.ts'
import { registerSeed } from './seed.ts'
import { registerServe } from './serve.ts'
import { registerSynchronise } from './synchronise.ts'
import { systemTrouble } from './systemTrouble.ts'
import { processTerminal, type Terminal } from './terminal.ts'
import { registerVerify } from './verify.ts'
import { registerViews } from './views.ts'

/** Runs a command line, without the names of node and the script. Never throws: what goes wrong is told and becomes the code. */
export async function runProgram(
  args: readonly string[],
  terminal: Terminal = processTerminal,
): Promise<ExitCode> {
  let outcome: ExitCode = EXIT.ok
  const program = createProgram(terminal, (code) => {
    outcome = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return outcome
  } catch (error) {
    return report(error, terminal)
  }
}

function createProgram(terminal: Terminal, finish: (code: ExitCode) => void): Command {
  const program = new Command('rollcall')
    .description('An event-sourced GraphQL identity gateway: users, groups and memberships.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError('(add --help for the usage)')
    .addHelpText('after', `\nSettings come from the environment: see the README.\n${EXIT_CODES_HELP}`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
  for (const register of [
    registerServe,
    registerSynchronise,
    registerImport,
    registerExport,
    registerSeed,
    registerVerify,
    registerAudit,
    registerFollow,
    registerBackup,
    registerRestore,
    registerCopy,
    registerEpoch,
    registerViews,
  ]) {
    register(program, { terminal, environment: process.env, finish })
  }
  return program
}

/** What their message says is enough. */
const TOLD = [LogUnavailable, UnusableLog, ViewsUnavailable] as const

function report(error: unknown, terminal: Terminal): ExitCode {
  // Commander has told it already. Help and version come this way too, with code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (error instanceof CommandFailure) {
    terminal.note(error.message)
    return error.exitCode
  }
  if (TOLD.some((kind) => error instanceof kind)) {
    terminal.note((error as Error).message)
    return EXIT.unavailable
  }
  const trouble = systemTrouble(error)
  if (trouble !== null) {
    terminal.note(trouble.message)
    return trouble.exitCode
  }
  terminal.note(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return EXIT.unavailable
}

const packageVersion = (): string =>
  (createRequire(import.meta.url)('../../package.json') as { version: string }).version
